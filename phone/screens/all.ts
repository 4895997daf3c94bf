/** Every screen that is not the first, and the words of all: one file, fetched right after the first was shown. */

export { default as english } from "virtual:english";
export { Ask } from "./ask.tsx";
export { Danger } from "./danger.tsx";
export { Group } from "./group.tsx";
export { Me } from "./me.tsx";
export { Medicine } from "./medicine.tsx";
export { Message, Whom } from "./message.tsx";
export { Refer } from "./refer.tsx";
export { Register } from "./register.tsx";
export { Session } from "./session.tsx";
export { Visit } from "./visit.tsx";

"""Why an input is held, and what can be wrong with a file: one catalogue, in plain words.

Each sentence says what happened and what to do. The codes are stable: pages, translations and the
how-to page go by them. No sentence carries a person's name, answer or identifier.
"""

HELD: dict[str, str] = {
    # the input itself
    "input.syntax": "This is not sound JSON ({detail}). Ask the sender to write it out again.",
    "input.encoding": "Byte {position} is not UTF-8, so its letters cannot be known. Save the file as UTF-8 and import "
    "it again.",
    "input.character": "This holds a character that cannot be stored ({detail}). Take it out at the source.",
    "input.long": "This is {size} long, and {limit} is the most that is read; only its beginning is kept here. "
    "Shorten its text at the source and import it again.",
    "input.kind": "This is no FHIR resource: it does not say its resourceType. Ask the sender what it is.",
    "input.shape": "The part '{field}' is not written as FHIR has it. Ask the sender to correct it.",
    "input.nested": "A bundle lies in a bundle in a bundle here. Ask the sender for the innermost one.",
    # who
    "person.id": "This person has no id, so nothing can be joined to them. Ask the sender for their id.",
    "person.born": "The date of birth cannot be right: it is no date, or it lies after {as_of}. The person is taken "
    "without it; ask them.",
    "person.died": "The date of death cannot be right: it is no date, or it lies after {as_of}. The person is taken as "
    "dead, without the date.",
    "person.replaced": "Their source has replaced this record of a person by another one. Look whether the two are "
    "one, and merge them.",
    "person.field": "The column '{column}' says something of this person that the map's recode does not name. The "
    "person is taken without it; add the value to the map, or correct the person by hand.",
    "person.differs": "Rows about one person differ in what they say of them. The first one is taken; correct the "
    "person by hand.",
    "person.missing": "This does not say which person it is about. Ask the sender, or enter it by hand.",
    "person.broken": "This refers to a person who is neither in these files nor known here. Import the person, then "
    "this again.",
    "person.misspelt": "The reference to the person is misspelt: FHIR has no such kind of resource. Look whom it "
    "means, and correct it.",
    "person.ambiguous": "More than one person in these files goes by the identifier that this refers to. Ask the "
    "sender which one is meant.",
    "person.several": "The parts of this panel are about different persons. Ask the sender whom they are about.",
    "person.type": "This is about something other than a person (a group, a device). Enter by hand what concerns a "
    "person.",
    # when
    "date.missing": "This does not say when it was answered. Ask the sender, or enter it by hand.",
    "date.unclear": "When this was answered is not a full calendar date. Ask the sender for the day.",
    "date.future": "This is dated after {as_of}, the day of this import. Correct the date at its source, or the day "
    "of the import.",
    # standing
    "status.withdrawn": "Its source has withdrawn this as entered in error. If it was imported before, retract it.",
    "status.unfinished": "Its source says that this is not finished ({status}). Import it again when it is.",
    "status.unknown": "Its source does not say whether this is finished. Ask the sender.",
    "source.conflict": "These files hold this id and version twice, with different contents. The first one is taken; "
    "find out which one is right.",
    # which instrument
    "instrument.unknown": "No such instrument is installed here: {code}. Install a content pack that has it, then "
    "import it again.",
    "instrument.unclear": "Nothing here says which instrument was answered: no questionnaire and no code that is "
    "known. Ask the sender to code the items with LOINC.",
    "instrument.version": "This answers version {version} of {instrument}, and installed is {installed}. Install that "
    "version, then import it again.",
    "item.rest": "These answers of a longer form belong to no installed instrument: {codes}. The others were read; "
    "enter what matters by hand.",
    "item.alone": "This is one answer of {instrument} without the panel that it belongs to, so it cannot be joined to "
    "its others. Ask the sender for the panel.",
    # answers
    "answer.unknown": "The answer to item {item} of {instrument} is none that it offers. Correct it at the source.",
    "answer.whole": "The answer to item {item} of {instrument} is not a whole number. Correct it at the source.",
    "answer.twice": "Item {item} of {instrument} is answered more than once. Find out which answer holds.",
    "answer.unclear": "The number given for item {item} of {instrument} has two meanings, since systems count this "
    "item in opposite directions. Ask the sender for coded answers.",
    "answer.contrary": "Item {item} of {instrument} is answered although another answer rules it out. Correct it at "
    "the source.",
    "answer.recode": "Item {item} holds a value that the map's recode does not name. Add it to the map.",
    "answer.none": "Nothing is answered in this. If answers are missing, ask the sender for them.",
    "total.number": "The total of {instrument} is not a number. Correct it at the source.",
    "total.whole": "The total of {instrument} is not a whole number, as it must be. Find the answers and enter them.",
    "total.range": "The total of {instrument} lies outside {low} to {high}. Find the answers and enter them.",
    "total.panel": "This gives a number to {instrument} as a whole without calling it the total. Ask the sender what "
    "it is.",
    "total.none": "{instrument} has no total; its ratings stand alone. Find the answers and enter them.",
    # a hospital's messages (HL7 v2)
    "adt.head": "This does not begin as a message does, or does not say its number and what it is about. Ask the "
    "hospital to send it again.",
    "adt.batch": "The batch says that it holds {said} messages, and {found} are in it. Ask the hospital for the whole.",
    "adt.long": "This message is {size} bytes long, and {limit} are read. Ask the hospital to send it without what is "
    "attached.",
    "adt.charset": "It is written in the character set '{name}', which is not known here. Ask the hospital for UTF-8.",
    "adt.encoding": "Its letters cannot be known: they are not in the character set that it names, or that its sender "
    "uses. Ask the hospital for UTF-8.",
    "adt.syntax": "It cannot be taken apart: its separators or escapes are broken. Ask the hospital to send it again.",
    "adt.segment": "Its part {segment} is missing, so it may have been cut off. Ask the hospital to send it again.",
    "adt.trigger": "It tells of {trigger}, which is none of the events that are read here. Record by hand what "
    "matters.",
    "adt.class": "The kind of visit is '{name}', which may or may not be a stay. Ask the hospital, and record the stay "
    "by hand.",
    "adt.whose": "It says neither a number nor a name of the person. Ask the hospital.",
    "adt.date": "One of its times is none. Ask the hospital when it happened, and correct it.",
    "adt.zone": "The time zone of this sender, '{name}', is not known. Correct the sender.",
    "adt.differs": "The number is that of somebody on record, whose name and birth are not these. Find out who is "
    "meant before anything is recorded.",
    "adt.match": "A person of this name, birth and sex is on record, and the hospital's number of them is not. Look "
    "whether it is they; if you confirm it, the number is remembered.",
    "adt.nobody": "Nobody on record goes by this number, or has this name, birth and sex. Choose the person if you "
    "know who it is, register them first, or dismiss this if they are not in the programme.",
    "adt.several": "More than one person on record goes by this number. Choose whom it is about, and merge them if "
    "they are one.",
    "adt.merge": "The hospital has joined two numbers of one person. Choose the person; both numbers are then theirs. "
    "If two people here turn out to be one, merge them on their page.",
    "adt.died": "The hospital says that this person died. Find out, and record it on their page; then dismiss this.",
    # rows of a table
    "row.width": "This row has {cells} cells and the heading has {columns}. Look for a stray delimiter or quote.",
    "row.person": "The column that says which person this is, is empty in this row. Fill it in.",
}

PROBLEMS: dict[str, str] = {
    "file.missing": "There is no such file or folder. Look at the path.",
    "file.empty": "There is nothing in it. Export it again.",
    "file.unreadable": "It cannot be opened ({detail}). Look at its permissions, or copy it again.",
    "file.kind": "It is neither JSON, NDJSON, a zip of these, nor a table ({detail}). Export it as one of them.",
    "file.large": "It is {size}, larger than {limit}. {advice}",
    "file.encoding": "Byte {position} is not {encoding}, so it is not read. Save it as UTF-8{advice}.",
    "file.syntax": "It is not sound JSON ({detail}), so nothing of it is read. Export it again.",
    "file.cut": "It breaks off at line {line}, character {column}, so nothing of it is read. Copy it again, or export "
    "it as NDJSON, of which every whole line is read.",
    "file.partial": "It is one page of several: its source has more to give. Fetch the other pages too.",
    "archive.damaged": "The archive is damaged ({detail}). Make it again.",
    "archive.large": "Unpacked, the archive would be {size} ({times} times what it is); at most {limit} is read. Send "
    "it in parts, unpacked.",
    "archive.path": "The member '{name}' points outside the archive, so it is not read. Ask the sender for a "
    "sound archive.",
    "archive.locked": "The member '{name}' has a password. Unpack the archive and import the folder.",
    "map.unreadable": "The map cannot be read: {detail}",
    "map.column": "The map names a column '{column}', and the heading of this file has none. It has: {columns}. "
    "Correct the map.",
    "map.instrument": "The map names an instrument '{instrument}' that is not installed. Installed are: "
    "{installed}. Correct the map, or install the pack that has it.",
    "map.version": "The map asks for version {version} of {instrument}, and installed is {installed}. Correct the map, "
    "or install that version.",
    "map.item": "The map names an item '{item}', and {instrument} has none. It has: {items}. Correct the map.",
    "map.sheet": "The map names a sheet '{sheet}', and this workbook has none. It has: {sheets}. Correct the map.",
    "map.date": "The map gives no date, or two. Name a date column, or a day column with its origin.",
    "table.heading": "There is no heading. The first row must name the columns.",
    "table.twice": "Two columns have one name: '{column}'. Rename one of them, so that the map can tell them apart.",
    "table.broken": "Reading stopped at line {line}: {detail}. The rows before it were read; mend it and import it "
    "again.",
}

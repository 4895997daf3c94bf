/** The phone's database: one an origin. Nothing about people stands in it in the clear.
 *
 * `device`: the key of this phone, which cannot be taken out. `workers`: one row a vault, with what is needed to ask
 * for a PIN. `records`: everything else, sealed; see `vault.ts`. */

/** What may be known before the PIN: a first name, and how to try a PIN. */
export interface VaultRow {
  /** Drawn on this phone. */
  id: string;
  /** The worker's id: one worker has one vault on a phone. */
  worker: string;
  /** The first name only. */
  name: string;
  language: string;
  kind: "pin" | "passphrase";
  salt: Uint8Array<ArrayBuffer>;
  iterations: number;
  iv: Uint8Array<ArrayBuffer>;
  wrapped: ArrayBuffer;
  /** Wrong tries in a row, counted before each is looked at. */
  tries: number;
  /** The phone's clock at the last try, and until when the next one waits: milliseconds. */
  tried: number;
  until: number;
  /** Only a supervisor's new code opens it again. */
  shut: boolean;
  /** The worker began anew beside it, without its PIN: it stays for what is not sent. */
  old?: boolean;
  /** The server said that this phone was taken away: nothing is shown, and it is deleted once the unsent is kept. */
  wiping: string;
}

/** One sealed record. `id` tells nothing: it is a keyed digest of the real one, which stands inside. */
export interface Sealed {
  vault: string;
  kind: string;
  id: string;
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

interface Values {
  device: CryptoKey;
  workers: VaultRow;
  records: Sealed;
}
type Kind = keyof Values;
type Key = IDBValidKey | IDBKeyRange;

/** What IndexedDB answers one request. */
export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

/** IndexedDB with promises: only what is used here. */
export class Database {
  readonly #db: IDBDatabase;

  constructor(db: IDBDatabase) {
    this.#db = db;
    // A newer page in another window wants to change the database: let it, rather than hold it up.
    db.onversionchange = () => db.close();
  }

  get<K extends Kind>(kind: K, key: Key): Promise<Values[K] | undefined> {
    return asked<Values[K] | undefined>(this.#read(kind).get(key));
  }

  getAll<K extends Kind>(kind: K, key?: Key): Promise<Values[K][]> {
    return asked<Values[K][]>(this.#read(kind).getAll(key));
  }

  getAllKeys(kind: Kind, key?: Key): Promise<IDBValidKey[]> {
    return asked(this.#read(kind).getAllKeys(key));
  }

  count(kind: Kind, key?: Key): Promise<number> {
    return asked(this.#read(kind).count(key));
  }

  #read(kind: Kind): IDBObjectStore {
    return this.#db.transaction(kind).objectStore(kind);
  }

  /** All that the work asks for in one transaction, or none of it; on the disk when it resolves. The work waits for
   * nothing but answers of this transaction. Rejects where the phone is full. */
  async write<T>(kinds: Kind[], work: (store: (kind: Kind) => IDBObjectStore) => T): Promise<Awaited<T>> {
    const tx = this.#db.transaction(kinds, "readwrite", { durability: "strict" });
    const ended = new Promise<void>((done, failed) => {
      tx.oncomplete = () => done();
      tx.onabort = () => failed(tx.error ?? new DOMException("The transaction was ended.", "AbortError"));
    });
    try {
      const [found] = await Promise.all([work((kind) => tx.objectStore(kind)), ended]);
      return found;
    } catch (error) {
      // What cannot even be asked for leaves the transaction alive: it would keep the half.
      try {
        tx.abort();
      } catch {
        // It has ended already.
      }
      await ended.catch(() => undefined);
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

export async function openDatabase(name = "vwazen"): Promise<Database> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore("device");
    db.createObjectStore("workers", { keyPath: "id" });
    db.createObjectStore("records", { keyPath: ["vault", "kind", "id"] });
  };
  return new Database(await asked(request));
}

/** Everything of one kind in a vault. */
export function ofKind(vault: string, kind: string): IDBKeyRange {
  return IDBKeyRange.bound([vault, kind], [vault, kind, []]);
}

export interface Change {
  put?: Sealed[];
  remove?: [string, string, string][];
  /** Whole kinds that go before anything is put. */
  clear?: [vault: string, kind: string][];
}

/** All of it or nothing; on the disk when it resolves. Rejects where the phone is full. */
export async function write(db: Database, change: Change): Promise<void> {
  await db.write(["records"], (store) => {
    const records = store("records");
    for (const [vault, kind] of change.clear ?? []) records.delete(ofKind(vault, kind));
    for (const key of change.remove ?? []) records.delete(key);
    for (const one of change.put ?? []) records.put(one);
  });
}

/** The row of a vault, changed and on the disk before anything else happens. */
export async function putRow(db: Database, row: VaultRow): Promise<void> {
  await db.write(["workers"], (store) => void store("workers").put(row));
}

/** A vault and everything in it, gone at once. */
export async function deleteVault(db: Database, id: string): Promise<void> {
  await db.write(["workers", "records"], (store) => {
    store("workers").delete(id);
    store("records").delete(IDBKeyRange.bound([id], [id, []]));
  });
}

/** The few words of IndexedDB that Concord needs, as promises; a store in memory where there is none. */

export interface Store<T> {
  put(value: T): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Promise<T[]>;
}

const ENTRIES = "entries";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

async function openDatabase(name: string, keyPath: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES, { keyPath });
  const database = await done(request);
  // whoever wants to delete it, as a sign-out does, must not have to wait for this page
  database.onversionchange = () => database.close();
  return database;
}

class DatabaseStore<T> implements Store<T> {
  constructor(private database: IDBDatabase, private readonly name: string, private readonly keyPath: string) {}

  /** Runs on an open database: one that was closed or deleted under the page is opened anew, once. */
  private async on<R>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<R>): Promise<R> {
    try {
      return await done(run(this.database.transaction(ENTRIES, mode).objectStore(ENTRIES)));
    } catch (error) {
      if (!(error instanceof DOMException) || (error.name !== "InvalidStateError" && error.name !== "NotFoundError" && error.name !== "AbortError")) throw error;
      this.database = await openDatabase(this.name, this.keyPath);
      return await done(run(this.database.transaction(ENTRIES, mode).objectStore(ENTRIES)));
    }
  }

  async put(value: T): Promise<void> {
    await this.on("readwrite", (store) => store.put(value));
  }

  async delete(key: string): Promise<void> {
    await this.on("readwrite", (store) => store.delete(key));
  }

  all(): Promise<T[]> {
    return this.on("readonly", (store) => store.getAll() as IDBRequest<T[]>);
  }
}

class MemoryStore<T> implements Store<T> {
  private readonly values = new Map<string, T>();
  constructor(private readonly keyPath: string) {}

  put(value: T): Promise<void> {
    this.values.set(String((value as Record<string, unknown>)[this.keyPath]), structuredClone(value));
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }

  all(): Promise<T[]> {
    return Promise.resolve([...this.values.values()]);
  }
}

/** `lasting` is false where the browser refuses to keep anything, as some private windows do. */
export async function openStore<T>(name: string, keyPath = "key"): Promise<{ store: Store<T>; lasting: boolean }> {
  try {
    return { store: new DatabaseStore<T>(await openDatabase(name, keyPath), name, keyPath), lasting: true };
  } catch {
    // no storage is no reason not to label: unsent work then lives as long as the page
    return { store: new MemoryStore<T>(keyPath), lasting: false };
  }
}

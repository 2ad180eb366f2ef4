/** The few words of IndexedDB that Concord needs, as promises; a store in memory where there is none. */

export interface Store<T> {
  put(value: T): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Promise<T[]>;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

function openDatabase(name: string, store: string, keyPath: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath });
  return done(request);
}

class DatabaseStore<T> implements Store<T> {
  constructor(private readonly database: IDBDatabase, private readonly name: string) {}

  private on(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(this.name, mode).objectStore(this.name);
  }

  async put(value: T): Promise<void> {
    await done(this.on("readwrite").put(value));
  }

  async delete(key: string): Promise<void> {
    await done(this.on("readwrite").delete(key));
  }

  all(): Promise<T[]> {
    return done(this.on("readonly").getAll() as IDBRequest<T[]>);
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
    return { store: new DatabaseStore<T>(await openDatabase(name, "entries", keyPath), "entries"), lasting: true };
  } catch {
    // no storage is no reason not to label: unsent work then lives as long as the page
    return { store: new MemoryStore<T>(keyPath), lasting: false };
  }
}

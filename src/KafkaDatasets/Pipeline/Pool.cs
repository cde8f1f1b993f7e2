namespace KafkaDatasets.Pipeline;

/// <summary>A pool of reusable objects that keeps at most a fixed number of unused ones.</summary>
internal sealed class Pool<T>(Func<T> create, int capacity)
    where T : class
{
    private readonly Stack<T> _free = new(capacity);

    /// <summary>The number of objects currently rented.</summary>
    public int Rented { get; private set; }

    public T Rent()
    {
        lock (_free)
        {
            Rented++;
            if (_free.TryPop(out T? item))
            {
                return item;
            }
        }

        return create();
    }

    public void Return(T item)
    {
        lock (_free)
        {
            Rented--;
            if (_free.Count < capacity)
            {
                _free.Push(item);
            }
        }
    }
}

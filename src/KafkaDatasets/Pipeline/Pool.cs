namespace KafkaDatasets.Pipeline;

/// <summary>A pool of reusable objects that keeps at most a fixed number of unused ones.</summary>
internal sealed class Pool<T>
    where T : class
{
    private readonly Func<T> _create;
    private readonly int _capacity;
    private readonly Stack<T> _free;
    private bool _isClosed;

    /// <summary>Creates a pool.</summary>
    /// <param name="create">Creates an object.</param>
    /// <param name="capacity">The maximum number of unused objects.</param>
    /// <param name="items">Unused objects to begin with.</param>
    public Pool(Func<T> create, int capacity, ReadOnlySpan<T> items = default)
    {
        _create = create;
        _capacity = capacity;
        _free = new Stack<T>(capacity);
        foreach (T item in items[..Math.Min(items.Length, capacity)])
        {
            _free.Push(item);
        }
    }

    public T Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out T? item))
            {
                return item;
            }
        }

        return _create();
    }

    /// <summary>Gives an object back; returns whether it is kept.</summary>
    /// <param name="item">The object.</param>
    /// <param name="most">The number of unused objects from which on it is not kept.</param>
    public bool Return(T item, int most = int.MaxValue)
    {
        lock (_free)
        {
            bool isKept = _free.Count < Math.Min(_capacity, most) && !_isClosed;
            if (isKept)
            {
                _free.Push(item);
            }

            return isKept;
        }
    }

    /// <summary>Takes the unused objects, and keeps none from now on.</summary>
    public T[] Close()
    {
        lock (_free)
        {
            _isClosed = true;
            T[] items = [.. _free];
            _free.Clear();
            return items;
        }
    }
}

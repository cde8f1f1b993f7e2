namespace KafkaDatasets.Shapes;

/// <summary>The items of a value of one type.</summary>
internal abstract class ItemSource<TSource, TItem>
{
    public abstract int Count(TSource source);

    /// <summary>The items where they lie together.</summary>
    public abstract bool TryGetSpan(TSource source, out ReadOnlySpan<TItem> items);

    /// <summary>Writes all items one after another.</summary>
    public void WriteEach(ValueBuffer buffer, TSource source, Action<ValueBuffer, TItem> write)
    {
        if (TryGetSpan(source, out ReadOnlySpan<TItem> items))
        {
            foreach (TItem item in items)
            {
                write(buffer, item);
            }
        }
        else
        {
            WriteOthers(buffer, source, write);
        }
    }

    protected virtual void WriteOthers(ValueBuffer buffer, TSource source, Action<ValueBuffer, TItem> write) => throw new NotSupportedException();
}

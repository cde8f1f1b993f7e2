namespace KafkaDatasets.Shapes;

/// <summary>Gives access to the items of collections of one type.</summary>
internal abstract class ItemSource<TSource, TItem>
{
    public abstract int Count(TSource source);

    /// <summary>Gets the items as a span, if they are contiguous in memory.</summary>
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

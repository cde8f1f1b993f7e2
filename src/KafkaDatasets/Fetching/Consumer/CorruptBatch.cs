namespace KafkaDatasets.Fetching.Consumer;

/// <summary>
/// The search for the end of a corrupt batch, of which the client tells only that it is: further and further offsets are tried, then
/// those between the last that is in the batch and the first that is not.
/// </summary>
/// <param name="first">An offset in the batch.</param>
/// <param name="end">The end of the range, where the search ends at the latest.</param>
internal sealed class CorruptBatch(long first, long end)
{
    private long _inside = first;
    private long _behind = end;
    private long _step = 1;
    private bool _isBounded;

    /// <summary>The offset to try, or, once the end is found, to go on from.</summary>
    public long Next => Math.Min(_inside + _step, IsFound ? _behind : _behind - 1);

    public bool IsFound => _behind == _inside + 1;

    private long Half => Math.Max(1, (_behind - _inside) / 2);

    /// <summary>The batch that has offset <see cref="Next"/> is corrupt.</summary>
    public void WasCorrupt()
    {
        _inside = Next;
        _step = _isBounded ? Half : 2 * _step;
    }

    /// <summary>From <see cref="Next"/> on it is not.</summary>
    public void WasGood()
    {
        _behind = Next;
        _isBounded = true;
        _step = Half;
    }
}

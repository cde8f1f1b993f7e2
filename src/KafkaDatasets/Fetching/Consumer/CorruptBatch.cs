namespace KafkaDatasets.Fetching.Consumer;

/// <summary>
/// Searches for the end of a corrupt batch, whose length the client does not report: tries increasingly distant offsets, then
/// those between the last offset known to be in the batch and the first known not to be.
/// </summary>
/// <param name="first">An offset in the batch.</param>
/// <param name="end">The end of the range, where the search ends at the latest.</param>
internal sealed class CorruptBatch(long first, long end)
{
    private long _inside = first;
    private long _behind = end;
    private long _step = 1;
    private bool _isBounded;

    /// <summary>The offset to try, or, once the end is found, to continue from.</summary>
    public long Next => Math.Min(_inside + _step, IsFound ? _behind : _behind - 1);

    public bool IsFound => _behind == _inside + 1;

    private long Half => Math.Max(1, (_behind - _inside) / 2);

    /// <summary>Records that the batch at <see cref="Next"/> is corrupt.</summary>
    public void WasCorrupt()
    {
        _inside = Next;
        _step = _isBounded ? Half : 2 * _step;
    }

    /// <summary>Records that the batch at <see cref="Next"/> is not corrupt.</summary>
    public void WasGood()
    {
        _behind = Next;
        _isBounded = true;
        _step = Half;
    }
}

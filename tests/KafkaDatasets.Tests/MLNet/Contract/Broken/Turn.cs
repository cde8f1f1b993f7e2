namespace KafkaDatasets.Tests.MLNet.Contract.Broken;

/// <summary>What the cursors of one set share.</summary>
internal sealed class Turn
{
    private readonly HashSet<int> _moved = [];

    public bool HasFirstGone { get; set; }

    /// <summary>Waits, as behind one reader with bounded queues, until all cursors have moved; for ever, if it must.</summary>
    public void WaitForAll(int cursor, int count)
    {
        lock (_moved)
        {
            _moved.Add(cursor);
            Monitor.PulseAll(_moved);
            for (int i = 0; _moved.Count < count && i < 100; i++)
            {
                Monitor.Wait(_moved, 100);
            }
        }
    }
}

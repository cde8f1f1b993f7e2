namespace KafkaDatasets;

/// <summary>How far a writer has come.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">The rows given to the writer so far.</param>
/// <param name="Acknowledged">The rows that the brokers have acknowledged so far.</param>
/// <param name="Bytes">The bytes of the values given so far, before compression.</param>
/// <param name="Elapsed">The time since the writer was opened.</param>
public readonly record struct WriteProgress(string Topic, long Rows, long Acknowledged, long Bytes, TimeSpan Elapsed)
{
    /// <summary>The mean rate, in acknowledged rows per second.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Acknowledged / Elapsed.TotalSeconds : 0;
}

namespace KafkaDatasets;

/// <summary>The progress of a writer.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">The number of rows sent or queued so far.</param>
/// <param name="Acknowledged">The number of rows that the brokers have acknowledged so far.</param>
/// <param name="Bytes">The size of the values sent or queued so far, in bytes before compression.</param>
/// <param name="Elapsed">The time since the writer was opened.</param>
public readonly record struct WriteProgress(string Topic, long Rows, long Acknowledged, long Bytes, TimeSpan Elapsed)
{
    /// <summary>The mean rate, in acknowledged rows per second.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Acknowledged / Elapsed.TotalSeconds : 0;
}

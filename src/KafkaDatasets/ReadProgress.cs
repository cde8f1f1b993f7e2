namespace KafkaDatasets;

/// <summary>The progress of one pass over a dataset.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">The number of rows read so far.</param>
/// <param name="Offsets">The number of offsets read so far, including those without a row.</param>
/// <param name="TotalOffsets">The number of offsets in the range.</param>
/// <param name="Elapsed">The time since the pass began.</param>
public readonly record struct ReadProgress(string Topic, long Rows, long Offsets, long TotalOffsets, TimeSpan Elapsed)
{
    /// <summary>The fraction of the range that has been read, 0 to 1.</summary>
    public double Fraction => TotalOffsets == 0 ? 1 : (double)Offsets / TotalOffsets;

    /// <summary>The mean rate of this pass, in rows per second.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Rows / Elapsed.TotalSeconds : 0;
}

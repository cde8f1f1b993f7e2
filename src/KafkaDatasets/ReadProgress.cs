namespace KafkaDatasets;

/// <summary>How far a pass over a dataset has come.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Rows">The rows given so far.</param>
/// <param name="Offsets">The offsets passed so far, those without a row included.</param>
/// <param name="TotalOffsets">The offsets of the whole range.</param>
/// <param name="Elapsed">The time since the pass began.</param>
public readonly record struct ReadProgress(string Topic, long Rows, long Offsets, long TotalOffsets, TimeSpan Elapsed)
{
    /// <summary>The share of the range that is done, 0 to 1.</summary>
    public double Fraction => TotalOffsets == 0 ? 1 : (double)Offsets / TotalOffsets;

    /// <summary>The mean rate of this pass, in rows per second.</summary>
    public double RowsPerSecond => Elapsed > TimeSpan.Zero ? Rows / Elapsed.TotalSeconds : 0;
}

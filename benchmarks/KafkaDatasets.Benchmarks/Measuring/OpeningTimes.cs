namespace KafkaDatasets.Benchmarks.Measuring;

/// <summary>Milliseconds from nothing to the first row.</summary>
/// <param name="Cold">In a new process, everything still to be compiled.</param>
/// <param name="Open">Median of opening, once warm.</param>
/// <param name="FirstRow">Median of the time from the start of a pass to its first row or batch, once warm.</param>
internal sealed record OpeningTimes(double Cold, double Open, double FirstRow)
{
    public double Warm => Open + FirstRow;
}

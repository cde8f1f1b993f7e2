namespace KafkaDatasets.Benchmarks.Reports;

/// <summary>What was to be reached, and what was found.</summary>
internal sealed class AimTable() : ResultTable("Targets:", ["measure", "reach", "found", ""])
{
    /// <summary>Adds an aim; none, where nothing was found because a contender did not run.</summary>
    public void AtLeast(string measure, double reach, string unit, double? found) => Add(measure, "≥", reach, unit, found, found >= reach);

    /// <summary>Adds an aim; none, where nothing was found because a contender did not run.</summary>
    public void AtMost(string measure, double reach, string unit, double? found) => Add(measure, "≤", reach, unit, found, found < reach + (reach < 0.1 ? 0.00005 : 0.005));

    /// <summary>Adds the aim that nothing is allocated per row: an object for a thousand rows, such as a batch is, is allowed.</summary>
    public void NoBytes(string measure, double? found) => Add(measure, "", 0, " B", found, found < 0.1);

    private void Add(string measure, string sign, double reach, string unit, double? found, bool isReached)
    {
        if (found is { } value)
        {
            Add(measure, $"{sign} {reach:0.###}{unit}".TrimStart(), $"{(reach < 0.1 && reach > 0 ? $"{value:0.0000}" : value < 10 ? $"{value:0.00}" : $"{value:N0}")}{unit}", isReached ? "✓" : "✗");
        }
    }
}

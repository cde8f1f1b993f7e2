using SusyDemo.Data;
using SusyDemo.Data.Generation;

namespace SusyDemo.Commands;

/// <summary>Which events are produced.</summary>
internal static class EventChoice
{
    /// <summary>How many events are made for a real cluster by default.</summary>
    public const long DefaultRows = 1_000_000;

    /// <summary>How many events are made, or taken from a file, for the embedded broker by default. It holds some four times as many.</summary>
    public const long DefaultEmbeddedRows = 100_000;

    /// <exception cref="DemoException">A file cannot be read.</exception>
    public static EventPlan From(DemoOptions options, bool embedded)
    {
        long? maxRows = options.Rows ?? (embedded ? DefaultEmbeddedRows : null);
        if (options.TrainData is not null && options.TestData is not null)
        {
            return EventPlan.Separate(new CsvEventSource(options.TrainData, maxRows), new CsvEventSource(options.TestData, maxRows));
        }

        IEventSource source = options.Data is not null
            ? new CsvEventSource(options.Data, maxRows)
            : new SusyEventGenerator(options.Seed, maxRows ?? DefaultRows);
        return EventPlan.Split(source, new TrainTestSplit(options.Seed));
    }
}

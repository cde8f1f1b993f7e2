using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KafkaDatasets.Tests.Diagnostics;

/// <summary>That docs/diagnostics.md lists every metric, tag and line of the log, as they are.</summary>
public sealed partial class DiagnosticsDocTests
{
    private static readonly string[][] Rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "diagnostics.md")).Where(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToArray())];

    [Fact]
    public void Every_metric_is_listed_with_its_kind_and_unit()
    {
        var published = new List<(string Name, string Kind, string Unit)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Instruments.Name)
                {
                    published.Add((instrument.Name, instrument.GetType().Name.Split('`')[0], instrument.Unit!));
                }
            },
        };
        _ = Instruments.RowsRead; // makes the meter, where no other test has
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(MonitorInstruments).TypeHandle);
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(LiveInstruments).TypeHandle);
        listener.Start();

        var listed = Rows.Where(r => r.Length == 4 && r[1] is "ObservableGauge" or "Counter" or "Histogram" or "Gauge").Select(r => (Code(r[0]), r[1], Code(r[2])));
        Assert.Equal(published.Order(), listed.Order());
    }

    [Fact]
    public void Every_line_of_the_log_is_listed_with_its_number_and_level()
    {
        var lines = typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(a => (a.EventId, a.Level == LogLevel.None ? "any" : a.Level.ToString()));
        var listed = Rows.Where(r => int.TryParse(r[0], out _)).Select(r => (int.Parse(r[0], System.Globalization.CultureInfo.InvariantCulture), r[1]));
        Assert.Equal(lines.Order(), listed.Order());
    }

    [Fact]
    public void Every_tag_of_an_activity_is_listed()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Instruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        Activity activity = Instruments.Start("t", Instruments.Send, ActivityKind.Producer)!;
        Instruments.Fail(activity, new IOException("broken"));
        Instruments.End(activity, 3);

        string[] tags = [.. activity.TagObjects.Select(t => t.Key)];
        Assert.Equal(6, tags.Length);
        Assert.All(tags, tag => Assert.Contains(Rows, r => r[0] == $"`{tag}`"));
        Assert.Contains(Rows, r => r[0] == $"`{Instruments.PassEnd}`");
        Assert.Equal("System.IO.IOException", activity.GetTagItem("error.type"));
    }

    private static string Code(string cell) => Backticks().Replace(cell, "");

    [GeneratedRegex("`")]
    private static partial Regex Backticks();
}

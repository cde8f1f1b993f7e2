using KafkaDatasets.Benchmarks.Contenders;
using KafkaDatasets.Benchmarks.Grounds;
using KafkaDatasets.Benchmarks.Measuring;
using KafkaDatasets.Benchmarks.Reports;
using KafkaDatasets.Benchmarks.Topics;
using KafkaDatasets.Benchmarks.Topics.Events;
using Spectre.Console;

namespace KafkaDatasets.Benchmarks.Suites;

/// <summary>Events as most topics hold them, in every format with a schema: the library's readers, and what else reads them in .NET.</summary>
internal sealed class FormatsSuite : ISuite
{
    private const int WideNumbers = 200;

    /// <summary>These read a part of the rows, which does not change their rate.</summary>
    private const int SlowPart = 6;

    public static IReadOnlyList<string> Names { get; } = [.. from shape in EventShapes.All from format in Enum.GetValues<EventFormat>() select TopicName(shape, format)];

    public string Name => "formats";

    public string Title => "Formats";

    public string? Lacks(Ground ground) => null;

    public async Task<IReadOnlyList<ResultTable>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var tables = new List<ResultTable>();
        var found = new Dictionary<(string Event, EventFormat Format, string Reader), Entry>();
        bool isFirst = true;
        IReadOnlyList<string> topics = Names.Intersect(bench.Settings.Only).ToArray() is { Length: > 0 } chosen ? chosen : Names;
        foreach (EventShape shape in EventShapes.All)
        {
            long rows = Rows(bench, shape);
            var table = new ResultTable(Conditions(bench, shape, rows, isFirst), ["reader", "bytes", "rows/s", "× `Consume`", "CPU ns/row", "allocated B/row", "peak MB"]);
            foreach (EventFormat format in Enum.GetValues<EventFormat>())
            {
                string topicName = TopicName(shape, format);
                if (!topics.Contains(topicName))
                {
                    continue;
                }

                AnsiConsole.WriteLine($"  {topicName}, {rows:N0} rows");
                using EventTopic topic = await EventTopic.FillAsync(bench.Ground, shape, format, rows, cancellationToken);
                Entry[] entries = [.. Readers(shape, format).Select(r => EntryOf(bench, topic, r, rows))];
                await Race.RunAsync(bench, entries, cancellationToken, startsOne: format == EventFormat.Avro);
                double consume = entries.Single(e => e.Task.Contender == "consume").RowsPerSecond;
                foreach (Entry entry in entries)
                {
                    found.Add((shape.Name, format, entry.Task.Contender), entry);
                    table.Add(
                        Describe(format, entry.Task.Contender),
                        $"{topic.RecordBytes:N0}",
                        $"{entry.RowsPerSecond:N0}",
                        $"{entry.RowsPerSecond / consume:0.00}",
                        $"{entry.ProcessorNanosecondsPerRow:N0}",
                        $"{entry.AllocatedBytesPerRow:0.##}",
                        $"{entry.PeakMegabytes:N0}");
                }
            }

            tables.Add(table);
            isFirst = false;
        }

        if (bench.Settings.Plot is { } file)
        {
            SpeedPlot.Save(
                SpeedPlot.FileFor(file, "event"),
                "Payment events read per second, millions",
                found.Where(f => f.Key.Event == EventShapes.Payment.Name).Select(f => (Describe(f.Key.Format, f.Key.Reader), f.Value.RowsPerSecond)));
        }

        return [.. tables, Aims(found)];
    }

    private static string Describe(EventFormat format, string reader) => $"{NameOf(format)}: " + reader switch
    {
        "tensors" => "KafkaDatasets, tensor batches",
        "view" => "KafkaDatasets, `IDataView` cursor",
        _ => ContenderCatalog.Describe(reader),
    };

    private static string NameOf(EventFormat format) => format == EventFormat.Json ? "JSON" : $"{format}";

    private static string TopicName(EventShape shape, EventFormat format) => $"{shape.Name}-{format.ToString().ToLowerInvariant()}";

    /// <summary>About as many bytes of each kind.</summary>
    private static long Rows(Bench bench, EventShape shape)
    {
        long rows = bench.Rows(real: 600_000, embedded: 60_000, quick: 6_000);
        return shape == EventShapes.Payment ? rows : shape == EventShapes.Wide ? rows / 10 : rows / 2;
    }

    private static IEnumerable<string> Readers(EventShape shape, EventFormat format)
    {
        if (shape.Features.Count > 0)
        {
            yield return "tensors";
        }

        yield return "view";
        yield return "consume";
        string[] peers = format switch
        {
            EventFormat.Avro when shape.HasGeneratedAvro => ["avro-generic", "avro-generated"],
            EventFormat.Avro => ["avro-generic"],
            EventFormat.Protobuf => ["protobuf-generated"],
            EventFormat.Json => ["json-deserializer", "json-generated"],
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        foreach (string peer in peers)
        {
            yield return peer;
        }
    }

    private static Entry EntryOf(Bench bench, EventTopic topic, string reader, long rows)
    {
        bool isSlow = reader is "avro-generic" or "avro-generated" or "json-deserializer";
        long count = isSlow ? rows / SlowPart : rows;
        return new Entry(topic.TaskFor(reader, count) with { Seconds = bench.Seconds }, topic.SumOfFirst(count));
    }

    private static string Conditions(Bench bench, EventShape shape, long rows, bool isFirst)
    {
        string columns = shape.Columns.Count > 0 ? $" A cursor reads {(shape.Features.Count > 0 ? "`Features`, `Label`, " : "")}{string.Join(", ", shape.Columns.Select(c => $"`{c}`"))}." : "";
        string what = $"{shape.Description}: {rows:N0} rows.{columns}";
        return isFirst
            ? what + $" 6 partitions, snappy, {bench.Ground.Broker}; the schemas are in the registry. Figures: {bench.Figures}; every run is in a process of its own and at least {bench.Seconds} s long, after warm-up passes. "
                + $"Confluent's deserializers read a {SlowPart}th of the rows. CPU is the time of all threads of the process. Allocated is the managed memory allocated per row in the middle half of a pass."
            : what;
    }

    private static AimTable Aims(Dictionary<(string Event, EventFormat Format, string Reader), Entry> found)
    {
        var aims = new AimTable();
        Compare("Avro event, tensors, rows/s against `Consume` of raw bytes", 6, EventFormat.Avro, "tensors", "consume");
        aims.AtMost("Avro event, tensors, CPU per row", 120, " ns", Event(EventFormat.Avro, "tensors")?.ProcessorNanosecondsPerRow);
        Compare("Avro event, view with texts, rows/s against `Consume`", 4, EventFormat.Avro, "view", "consume");
        Compare("Protobuf event, tensors, rows/s against `Consume`", 5, EventFormat.Protobuf, "tensors", "consume");
        aims.AtMost("Protobuf event, tensors, CPU per row", 160, " ns", Event(EventFormat.Protobuf, "tensors")?.ProcessorNanosecondsPerRow);
        Compare("JSON event, tensors, rows/s against `Consume`", 2.5, EventFormat.Json, "tensors", "consume");
        aims.AtMost("JSON event, tensors, CPU per row", 500, " ns", Event(EventFormat.Json, "tensors")?.ProcessorNanosecondsPerRow);
        Compare("JSON event, tensors, rows/s against `Consume` + System.Text.Json", 8, EventFormat.Json, "tensors", "json-generated");
        double texts = sizeof(char) * Enumerable.Range(0, 4096).Average(EventShapes.Payment.TextLength);
        foreach (EventFormat format in Enum.GetValues<EventFormat>())
        {
            aims.NoBytes($"{NameOf(format)} event, tensors, allocated per row", Event(format, "tensors")?.AllocatedBytesPerRow);
            aims.AtMost($"{NameOf(format)} event, view, allocated per row, against the texts' own characters", texts, " B", Event(format, "view")?.AllocatedBytesPerRow);
        }

        aims.AtLeast("Avro, 200 numbers that may be missing, tensors, values/s", 400, " M", Of(EventShapes.Wide, EventFormat.Avro, "tensors")?.RowsPerSecond * WideNumbers / 1e6);
        return aims;

        Entry? Of(EventShape shape, EventFormat format, string reader) => found.GetValueOrDefault((shape.Name, format, reader));
        Entry? Event(EventFormat format, string reader) => Of(EventShapes.Payment, format, reader);
        void Compare(string measure, double reach, EventFormat format, string reader, string other) =>
            aims.AtLeast(measure, reach, "×", Event(format, reader)?.RowsPerSecond / Event(format, other)?.RowsPerSecond);
    }
}

using System.Collections;
using System.Globalization;
using Confluent.SchemaRegistry;
using CsCheck;
using KafkaDatasets.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Random views, with columns of every type and records within records, come back equal in every format and framing.</summary>
public sealed class RoundTripTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<WriteFormat, SchemaFraming> Cases => [..
        from format in (WriteFormat[])[WriteFormat.Avro, WriteFormat.Json, WriteFormat.Protobuf]
        from framing in Enum.GetValues<SchemaFraming>()
        select (format, framing)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Random_views_come_back_equal(WriteFormat format, SchemaFraming framing)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        Gen.Int.Sample(seed => CheckView(kafka, registry, format, framing, new Random(seed)), iter: 4, threads: 4);
    }

    /// <summary>Each column is the key once in every format.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Keys_come_back_as_the_field_that_they_are(WriteFormat format, SchemaFraming framing)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        IDataView view = EveryColumn.View(new MLContext(1), new Random(5), format, 20);
        string[] names = [.. EveryColumn.ReadAs.Keys.Order().Where((_, i) => i % 3 == (int)framing)];
        (string Name, Exception? Failure)[] checks = [.. names.AsParallel().WithDegreeOfParallelism(8).Select(name => (name, Record.Exception(() => CheckKey(kafka, registry, view, name, format, framing))))];
        Assert.All(checks, check => Assert.True(check.Failure is null, $"{check.Name}: {check.Failure}"));
    }

    private static void CheckKey(EmbeddedKafka kafka, ISchemaRegistryClient registry, IDataView view, string name, WriteFormat format, SchemaFraming framing)
    {
        string topic = $"t{Guid.NewGuid():N}";
        ISchemaRegistryClient? used = framing == SchemaFraming.None ? null : registry;
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = format, Framing = framing, Partitions = 2, Key = name, KeyFormat = format };
        var ml = new MLContext(1);
        ml.Data.SaveToKafka(view, topic, options, Cancelled);

        RowPlan plan = Encoded.Plan(view, options);
        IDataView back = ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions
        {
            BootstrapServers = kafka.BootstrapServers,
            SchemaRegistry = used,
            Format = used is null ? plan.Value.Schema!.Format() : RecordFormat.Registry,
            KeyFormat = used is null ? plan.Key!.Schema!.Format() : RecordFormat.Registry,
        });
        Assert.Equal(EveryColumn.ReadAs[name][(int)format], TypeOf(back.Schema[$"Key.{name}"]));
        Assert.Equal(Shown(view, [name]).Order(StringComparer.Ordinal), Shown(back, [name]).Order(StringComparer.Ordinal));
        Assert.Equal(Shown(back, [name]).Select(row => $"Key.{row}"), Shown(back, [$"Key.{name}"]));
    }

    private static void CheckView(EmbeddedKafka kafka, ISchemaRegistryClient registry, WriteFormat format, SchemaFraming framing, Random random)
    {
        string[] all = [.. EveryColumn.ReadAs.Keys];
        random.Shuffle(all);
        string[] names = random.Next(3) == 0 ? all : all[..random.Next(1, all.Length)];
        var ml = new MLContext(1);
        IDataView view = EveryColumn.View(ml, random, format, random.Next(1, 30));
        view = ml.Transforms.SelectColumns(names, keepHidden: false).Fit(view).Transform(view);
        string topic = $"t{Guid.NewGuid():N}";
        ISchemaRegistryClient? used = framing == SchemaFraming.None ? null : registry;
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = format, Framing = framing, Partitions = 1 };
        ml.Data.SaveToKafka(view, topic, options, Cancelled);

        IDataView back = ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = used is null ? Encoded.Plan(view, options).Value.Schema!.Format() : RecordFormat.Registry });
        string[] found = [.. back.Schema.Where(c => !c.IsHidden && names.Contains(c.Name)).Select(c => c.Name)];
        Assert.Equal(names.Order(), found.Order());
        Assert.All(names, name => Assert.Equal(EveryColumn.ReadAs[name][(int)format], TypeOf(back.Schema[name])));
        Assert.Equal(Shown(view, names), Shown(back, names));
    }

    private static ColumnType TypeOf(DataViewSchema.Column column)
    {
        DataViewType type = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        return type switch
        {
            KeyDataViewType => ColumnType.Key,
            TextDataViewType => ColumnType.Text,
            _ => Enum.Parse<ColumnType>(type.RawType == typeof(byte) ? nameof(ColumnType.UInt8) : type.RawType == typeof(sbyte) ? nameof(ColumnType.Int8) : type.RawType.Name),
        };
    }

    /// <summary>The rows as text, the same for the same value of whatever type; keys by their values, or without them as numbers from 0.</summary>
    private static List<string> Shown(IDataView view, string[] names)
    {
        string[]?[] keys = [.. names.Select(name => view.Schema[name].HasKeyValues() ? view.Schema[name].Texts("KeyValues") : null)];
        bool[] areNumbers = [.. names.Select((name, i) => keys[i] is null && view.Schema[name].Type is KeyDataViewType)];
        return [.. view.Read(names).Select(row => string.Join(" | ", row.Select((value, i) => $"{names[i]}={Shown(value, keys[i], areNumbers[i])}")))];
    }

    private static string Shown(object value, string[]? keys, bool isNumber) => value switch
    {
        string text => text,
        uint key when keys is not null => key == 0 ? "" : keys[key - 1],
        uint key when isNumber => key == 0 ? "NaN" : (key - 1).ToString(CultureInfo.InvariantCulture),
        DateTime time => time.Ticks.ToString(CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcTicks.ToString(CultureInfo.InvariantCulture),
        TimeSpan span => span.Ticks.ToString(CultureInfo.InvariantCulture),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(item => Shown(item, keys, isNumber)))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

using System.Collections;
using System.Globalization;
using Confluent.SchemaRegistry;
using CsCheck;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.MLNet;
using KafkaDatasets.Writing.Formats;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Random views, with columns of every type and records within records, come back equal in every format and framing.</summary>
public sealed class RoundTripTests
{
    private readonly MLContext _ml = new(1);

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
        Gen.Int.Sample(seed => CheckView(kafka, registry, format, framing, new Random(seed)), iter: 4, threads: 1);
    }

    private void CheckView(EmbeddedKafka kafka, ISchemaRegistryClient registry, WriteFormat format, SchemaFraming framing, Random random)
    {
        string[] all = [.. EveryColumn.ReadAs.Keys];
        random.Shuffle(all);
        string[] names = random.Next(3) == 0 ? all : all[..random.Next(1, all.Length)];
        IDataView view = EveryColumn.View(_ml, random, format, random.Next(1, 30));
        view = _ml.Transforms.SelectColumns(names, keepHidden: false).Fit(view).Transform(view);
        string topic = $"t{Guid.NewGuid():N}";
        ISchemaRegistryClient? used = framing == SchemaFraming.None ? null : registry;
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = format, Framing = framing, Partitions = 1 };
        _ml.Data.SaveToKafka(view, topic, options, Cancelled);

        IDataView back = _ml.Data.LoadFromKafka(topic, new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = used, Format = used is null ? Bare(view, options) : RecordFormat.Registry });
        string[] found = [.. back.Schema.Where(c => !c.IsHidden && names.Contains(c.Name)).Select(c => c.Name)];
        Assert.Equal(names.Order(), found.Order());
        Assert.All(names, name => Assert.Equal(EveryColumn.ReadAs[name][(int)format], TypeOf(back.Schema[name])));
        Assert.Equal(Shown(view, names), Shown(back, names));
    }

    private static RecordFormat Bare(IDataView view, KafkaWriterOptions options)
    {
        string document = ValueFormat.Of(options.Format).Document(Encoded.Shape(view, options));
        return options.Format switch
        {
            WriteFormat.Avro => RecordFormat.Avro(document),
            WriteFormat.Json => RecordFormat.Json(document),
            _ => RecordFormat.Protobuf(ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, document)).MessageTypes[0]),
        };
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

using System.Globalization;
using Avro.Generic;
using Confluent.Kafka;
using KafkaDatasets.Tests.Formats.Avro;
using Microsoft.ML;
using Microsoft.ML.Data;
using EnumSchema = Avro.EnumSchema;
using RecordSchema = Avro.RecordSchema;

namespace KafkaDatasets.Tests.MLNet.Contract.Training;

/// <summary>The same rows in a topic, in memory and in a text file.</summary>
public sealed class TrainingTopic : IDisposable
{
    public const string Topic = "flow";
    public const int Partitions = 3;

    private const string Schema = """
        {"type":"record","name":"Flow","fields":[
          {"name":"number","type":"long"},
          {"name":"signal","type":"boolean"},
          {"name":"target","type":"float"},
          {"name":"grade","type":"int"},
          {"name":"color","type":{"type":"enum","name":"Color","symbols":["red","green","blue"]}},
          {"name":"query","type":{"type":"enum","name":"Query","symbols":["q0","q1","q2","q3","q4","q5","q6","q7"]}},
          {"name":"text","type":"string"},
          {"name":"f0","type":"float"},{"name":"f1","type":"float"},{"name":"f2","type":"float"},
          {"name":"f3","type":"float"},{"name":"f4","type":"float"},{"name":"f5","type":"float"}]}
        """;

    private static readonly string[] Features = ["f0", "f1", "f2", "f3", "f4", "f5"];

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly MLContext _ml = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("KafkaDatasets").FullName;

    public TrainingTopic() => Fill();

    public IReadOnlyList<TrainingRow> Rows { get; } = [.. TrainingRow.Make(3500, 5)];

    public void Dispose()
    {
        _kafka.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public string File(string name) => Path.Combine(_folder, name);

    public IDataView FromTopic(MLContext ml, Label label = Label.Signal) => KafkaDataView.FromTopic(ml, Topic, new KafkaDatasetOptions
    {
        BootstrapServers = _kafka.BootstrapServers,
        Format = RecordFormat.Avro(Schema),
        Features = Features,
        Label = label switch
        {
            Label.Signal => LabelColumn.Binary("signal"),
            Label.Target => LabelColumn.Regression("target"),
            Label.Grade => LabelColumn.Regression("grade"),
            _ => LabelColumn.Category("color"),
        },
    });

    /// <summary>The rows from a sequence: a list would be one that ML.NET itself can shuffle.</summary>
    public IDataView FromEnumerable(Label label) => FromEnumerable(label, Rows);

    /// <summary>The rows from a sequence that is shuffled as the topic's view is.</summary>
    public IDataView ShuffledLike(IDataView topic, Label label)
    {
        var ids = new Dictionary<ulong, int>();
        using (DataViewRowCursor cursor = topic.GetRowCursor([]))
        {
            ValueGetter<DataViewRowId> getter = cursor.GetIdGetter();
            DataViewRowId id = default;
            while (cursor.MoveNext())
            {
                getter(ref id);
                ids.Add(id.Low, ids.Count);
            }
        }

        return new ShuffledRows(topic, order => FromEnumerable(label, order.Select(i => Rows[i])), ids);
    }

    private IDataView FromEnumerable(Label label, IEnumerable<TrainingRow> rows) => label switch
    {
        Label.Signal => _ml.Data.LoadFromEnumerable(rows.Select(r => r.With(r.Signal))),
        Label.Target => _ml.Data.LoadFromEnumerable(rows.Select(r => r.With(r.Target))),
        Label.Grade => _ml.Data.LoadFromEnumerable(rows.Select(r => r.With((float)r.Grade))),
        _ => _ml.Data.LoadFromEnumerable(rows.Select(r => r.WithColor())),
    };

    public IDataView FromText(Label label)
    {
        string file = File($"{label}.txt");
        lock (_folder)
        {
            if (!System.IO.File.Exists(file))
            {
                System.IO.File.WriteAllLines(file, Rows.Select(r => string.Join('\t', [Text(r, label), r.Query.ToString(CultureInfo.InvariantCulture), .. r.Features.Select(Text)])));
            }
        }

        var column = label switch
        {
            Label.Signal => new TextLoader.Column("Label", DataKind.Boolean, 0),
            Label.Color => new TextLoader.Column("Label", DataKind.UInt32, [new TextLoader.Range(0)], new KeyCount(TrainingRow.Colors)),
            _ => new TextLoader.Column("Label", DataKind.Single, 0),
        };
        return _ml.Data.LoadFromTextFile(file, new TextLoader.Options
        {
            Columns = [column, new TextLoader.Column("query", DataKind.UInt32, [new TextLoader.Range(1)], new KeyCount(TrainingRow.Queries)), new TextLoader.Column("Features", DataKind.Single, 2, 1 + TrainingRow.Width)],
        });
    }

    private static string Text(TrainingRow row, Label label) => label switch
    {
        Label.Signal => row.Signal ? "1" : "0",
        Label.Target => Text(row.Target),
        Label.Grade => Text(row.Grade),
        _ => row.Color.ToString(CultureInfo.InvariantCulture),
    };

    private static string Text(float number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A stripe to each partition in turn, so that the canonical order is that of the rows.</summary>
    private void Fill()
    {
        _kafka.CreateTopic(Topic, Partitions);
        RecordSchema schema = AvroBytes.Parse(Schema);
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = _kafka.BootstrapServers, LingerMs = 1 }).Build();
        foreach (TrainingRow row in Rows)
        {
            byte[] value = AvroBytes.Encode(AvroBytes.Datum(
                schema,
                [row.Number, row.Signal, row.Target, row.Grade, Symbol(schema, "color", row.Color), Symbol(schema, "query", row.Query), row.Text, .. row.Features.Cast<object>()]));
            producer.Produce(new TopicPartition(Topic, (int)row.Number / DatasetSnapshot.DefaultStripeLength % Partitions), new Message<Null, byte[]> { Value = value });
        }

        producer.Flush();
    }

    private static GenericEnum Symbol(RecordSchema schema, string field, uint key)
    {
        var symbols = (EnumSchema)schema[field].Schema;
        return new GenericEnum(symbols, symbols.Symbols[(int)key]);
    }
}

using Avro.Generic;
using Confluent.SchemaRegistry;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class SaveToKafkaTests
{
    private readonly MLContext _ml = new(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_row_of_a_view_is_a_record()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        IDataView view = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 3000).Select(i => new Row { Id = i, X = i / 8f, Name = $"row {i}", Pair = [i, -i] }));
        _ml.Data.SaveToKafka(view, "rows", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, RecordName = "Event", RecordNamespace = "n", Partitions = 2 }, Cancelled);

        RegisteredSchema registered = await registry.GetLatestSchemaAsync("rows-value");
        Assert.Equal(
            """{"type":"record","name":"Event","namespace":"n","fields":[{"name":"Id","type":"int"},{"name":"X","type":"float"},{"name":"Name","type":"string"},{"name":"Pair","type":{"type":"array","items":"float"}}]}""",
            registered.SchemaString);
        GenericRecord[] records = [.. (await kafka.RecordsAsync("rows")).OrderBy(r => (int)r["Id"])];
        Assert.Equal(3000, records.Length);
        Assert.All(records.Select((record, i) => (record, i)), row =>
        {
            Assert.Equal(row.i, row.record["Id"]);
            Assert.Equal(row.i / 8f, row.record["X"]);
            Assert.Equal($"row {row.i}", row.record["Name"]);
            Assert.Equal(new object[] { (float)row.i, (float)-row.i }, (object[])row.record["Pair"]);
        });
    }

    [Fact]
    public void A_view_comes_back_with_its_rows_in_their_order()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        IDataView view = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 10_000).Select(i => new Row { Id = i, X = i / 8f, Pair = [1, 2] }));
        _ml.Data.SaveToKafka(view, "back", new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry }, Cancelled);

        IDataView back = _ml.Data.LoadFromKafka("back", new KafkaDatasetOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry, Features = ["X"] });
        Assert.Equal(Enumerable.Range(0, 10_000), back.GetColumn<int>("Id"));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => i / 8f), back.GetColumn<float>("X"));
    }

    [Fact]
    public void The_view_is_read_in_one_pass()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        int passes = 0;
        _ml.Data.SaveToKafka(_ml.Data.LoadFromEnumerable(Rows()), "once", Options(kafka), Cancelled);
        Assert.Equal(1, passes);

        IEnumerable<Row> Rows()
        {
            passes++;
            yield return new Row { Pair = [1, 2] };
        }
    }

    [Fact]
    public void What_the_rows_throw_comes_out()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        Assert.Equal("from the rows", Assert.Throws<InvalidDataException>(() => _ml.Data.SaveToKafka(_ml.Data.LoadFromEnumerable(Rows()), "broken", Options(kafka), Cancelled)).Message);

        static IEnumerable<Row> Rows()
        {
            yield return new Row { Pair = [1, 2] };
            throw new InvalidDataException("from the rows");
        }
    }

    [Fact]
    public void Saving_ends_when_cancelled()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => _ml.Data.SaveToKafka(_ml.Data.LoadFromEnumerable(Rows()), "endless", Options(kafka), cancel.Token));

        IEnumerable<Row> Rows()
        {
            for (int i = 0; i < 1_000_000; i++)
            {
                if (i == 500)
                {
                    cancel.Cancel();
                }

                yield return new Row { Pair = [1, 2] };
            }

            Assert.Fail("It was not cancelled.");
        }
    }

    [Fact]
    public void A_column_without_an_Avro_type_is_refused_before_anything_is_written()
    {
        var options = new KafkaWriterOptions { BootstrapServers = "127.0.0.1:9", SchemaRegistry = FakeRegistry.Create().Client };
        SchemaException e = Assert.Throws<SchemaException>(() => _ml.Data.SaveToKafka(_ml.Data.LoadFromEnumerable([new Numbered()]), "t", options, Cancelled));
        Assert.Contains("When", e.Message);
    }

    private static KafkaWriterOptions Options(EmbeddedKafka kafka) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Framing = SchemaFraming.None,
        Schema = """{"type":"record","name":"R","fields":[{"name":"X","type":"float"}]}""",
    };

    private sealed class Numbered
    {
        public DataViewRowId When { get; set; }
    }

    private sealed class Row
    {
        public int Id { get; set; }

        public float X { get; set; }

        public string Name { get; set; } = "";

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }
}

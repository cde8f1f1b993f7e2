using System.Collections.Concurrent;
using System.Diagnostics;
using Avro.Generic;
using Confluent.SchemaRegistry;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

public sealed class KafkaRecordWriterTests
{
    private const string OneLong = """{"type":"record","name":"R","fields":[{"name":"Number","type":"long"}]}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_what_Confluents_deserializer_reads()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using ISchemaRegistryClient registry = kafka.Registry();
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, SchemaRegistry = registry };
        await using (KafkaRecordWriter<Event> writer = await KafkaRecordWriter<Event>.OpenAsync("events", options, Cancelled))
        {
            await writer.WriteAsync(new Event(1, 0.25f, double.NaN, true, "ü", null), Cancelled);
            await writer.WriteAsync(new Event(-2, float.NegativeInfinity, 1e300, false, "", 7), Cancelled);
            await writer.FlushAsync(Cancelled);
        }

        Assert.Equal(["events-value"], await registry.GetAllSubjectsAsync());
        GenericRecord[] records = await kafka.RecordsAsync("events");
        Assert.Equal(2, records.Length);
        Assert.Equal(new object?[] { 1L, 0.25f, double.NaN, true, "ü", null }, Values(records[0]));
        Assert.Equal(new object?[] { -2L, float.NegativeInfinity, 1e300, false, "", 7 }, Values(records[1]));

        static object?[] Values(GenericRecord record) => [.. "Id Single Double Flag Text Maybe".Split(' ').Select(name => record[name])];
    }

    [Fact]
    public async Task The_topic_is_created_and_rows_go_to_its_partitions_in_runs()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, "runs", 10_000, partitions: 6);
        long[][] partitions = Numbers(kafka, "runs");
        Assert.Equal([2048, 2048, 2048, 1808, 1024, 1024], partitions.Select(p => p.Length));
        Assert.Equal([.. Range(0, 1024), .. Range(6144, 1024)], partitions[0]);
        Assert.Equal([.. Range(3072, 1024), .. Range(9216, 784)], partitions[3]);
        Assert.Equal(Range(5120, 1024), partitions[5]);

        static IEnumerable<long> Range(long start, int count) => Enumerable.Range(0, count).Select(i => start + i);
    }

    [Fact]
    public async Task A_topic_that_exists_is_used_as_it_is()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("there", 2);
        await WriteAsync(kafka, "there", 3000, partitions: 6);
        Assert.Equal([1976, 1024], Numbers(kafka, "there").Select(p => p.Length));
    }

    [Fact]
    public async Task A_full_queue_makes_the_writer_wait_and_loses_nothing()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await WriteAsync(kafka, "small", 5000, partitions: 3, settings: ("queue.buffering.max.messages", "100"));
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), Numbers(kafka, "small").SelectMany(p => p).Order());
    }

    [Fact]
    public async Task Disposing_flushes()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("closed", Options(kafka.BootstrapServers), Cancelled))
        {
            await writer.WriteAsync(new Row(5), Cancelled);
        }

        Assert.Equal([5], Numbers(kafka, "closed").SelectMany(p => p));
    }

    [Fact]
    public async Task Progress_ends_with_every_row_acknowledged()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var progress = new Progress();
        await WriteAsync(kafka, "progress", 5000, progress: progress);
        WriteProgress last = progress.Reports.Last();
        Assert.Equal(("progress", 5000, 5000), (last.Topic, last.Rows, last.Acknowledged));
        Assert.Equal(64 + (2 * (8192 - 64)) - (2 * (8192 - 5000)), last.Bytes);
        Assert.InRange(last.RowsPerSecond, 1, 5000 / last.Elapsed.TotalSeconds);
        Assert.Equal(progress.Reports.Select(r => r.Rows).Order(), progress.Reports.Select(r => r.Rows));
    }

    [Fact]
    public async Task A_value_that_is_too_large_is_named_with_the_counts()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Schema = """{"type":"record","name":"R","fields":[{"name":"Blob","type":"bytes"}]}""" };
        await using KafkaRecordWriter<Large> writer = await KafkaRecordWriter<Large>.OpenAsync("large", options, Cancelled);
        await writer.WriteAsync(new Large([1]), Cancelled);
        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(() => writer.WriteAsync(new Large(new byte[1_000_001]), Cancelled).AsTask());
        Assert.Equal(("large", 0, 1, 1), (e.Topic, e.Partition, e.Written, e.NotWritten));
        Assert.Contains("message.max.bytes", e.Message);
        Assert.Same(e, await Assert.ThrowsAsync<KafkaWriteException>(() => writer.FlushAsync(Cancelled)));
        Assert.Same(e, await Assert.ThrowsAsync<KafkaWriteException>(() => writer.WriteAsync(new Large([2]), Cancelled).AsTask()));
    }

    [Fact]
    public async Task A_row_that_does_not_fit_is_left_out_and_the_writer_goes_on()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Framing = SchemaFraming.None, Schema = """{"type":"record","name":"R","fields":[{"name":"Blob","type":"bytes"}]}""" };
        await using (KafkaRecordWriter<Large> writer = await KafkaRecordWriter<Large>.OpenAsync("fit", options, Cancelled))
        {
            Assert.Equal("Blob", Assert.Throws<SchemaException>(() => { _ = writer.WriteAsync(new Large(null!), Cancelled); }).Field);
            await writer.WriteAsync(new Large([3]), Cancelled);
        }

        Assert.Equal([[2, 3]], kafka.Values("fit").SelectMany(v => v));
    }

    [Fact]
    public async Task Brokers_that_go_away_are_an_error_with_the_counts()
    {
        EmbeddedKafka kafka = EmbeddedKafka.Start();
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("gone", Options(kafka.BootstrapServers, TimeSpan.FromSeconds(2)), Cancelled);
        for (int i = 0; i < 10; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        await writer.FlushAsync(Cancelled);
        kafka.Dispose();
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 3; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(() => writer.FlushAsync(Cancelled));
        Assert.Equal((10, 3), (e.Written, e.NotWritten));
        Assert.Contains("no acknowledgement for 2 s", e.Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 60);
    }

    [Fact]
    public async Task Waits_end_when_cancelled_and_disposing_does_not_wait_again()
    {
        EmbeddedKafka kafka = EmbeddedKafka.Start();
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("cancelled", Options(kafka.BootstrapServers, TimeSpan.FromMinutes(5), ("queue.buffering.max.messages", "5")), Cancelled);
        kafka.Dispose();
        for (int i = 0; i < 5; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        var watch = Stopwatch.StartNew();
        await AssertEndsWhenCancelled(token => writer.WriteAsync(new Row(5), token).AsTask());
        await AssertEndsWhenCancelled(writer.FlushAsync);
        await writer.DisposeAsync();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task Without_a_broker_opening_fails_in_time_or_when_cancelled()
    {
        using var closed = new ClosedPort();
        string nowhere = closed.Address;
        var watch = Stopwatch.StartNew();
        BrokerException e = await Assert.ThrowsAsync<BrokerException>(() => KafkaRecordWriter<Row>.OpenAsync("t", Options(nowhere, TimeSpan.FromSeconds(1.5)), Cancelled));
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.4, 60);
        Assert.Contains(nowhere, e.Message);
        Assert.Contains("refused", e.Message);
        Assert.False(e.IsAccessDenied);

        watch.Restart();
        await AssertEndsWhenCancelled(token => KafkaRecordWriter<Row>.OpenAsync("t", Options(nowhere, TimeSpan.FromMinutes(5)), token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task More_than_the_embedded_brokers_hold_is_an_error()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var options = new KafkaWriterOptions { BootstrapServers = kafka.BootstrapServers, Partitions = 1, Framing = SchemaFraming.None, Schema = """{"type":"record","name":"R","fields":[{"name":"Blob","type":"bytes"}]}""" };
        await using KafkaRecordWriter<Large> writer = await KafkaRecordWriter<Large>.OpenAsync("full", options, Cancelled);
        byte[] noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(async () =>
        {
            for (int i = 0; i < 60; i++)
            {
                await writer.WriteAsync(new Large(noise), Cancelled);
            }

            await writer.FlushAsync(Cancelled);
        });
        Assert.Equal(0, e.Partition);
        Assert.Contains("5,242,880 bytes", e.Message);
    }

    private static async Task AssertEndsWhenCancelled(Func<CancellationToken, Task> call)
    {
        using var cancel = new CancellationTokenSource();
        Task waiting = call(cancel.Token);
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static KafkaWriterOptions Options(string servers, TimeSpan? timeout = null, (string Name, string Value)? setting = null, int partitions = 6, IProgress<WriteProgress>? progress = null) => new()
    {
        BootstrapServers = servers,
        Framing = SchemaFraming.None,
        Schema = OneLong,
        Partitions = partitions,
        Timeout = timeout ?? TimeSpan.FromSeconds(30),
        Progress = progress,
        ClientConfig = setting is { } s ? new Dictionary<string, string> { [s.Name] = s.Value } : [],
    };

    private static async Task WriteAsync(EmbeddedKafka kafka, string topic, int rows, int partitions = 6, (string Name, string Value)? settings = null, IProgress<WriteProgress>? progress = null)
    {
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync(topic, Options(kafka.BootstrapServers, null, settings, partitions, progress), Cancelled);
        for (int i = 0; i < rows; i++)
        {
            await writer.WriteAsync(new Row(i), Cancelled);
        }

        await writer.FlushAsync(Cancelled);
    }

    private static long[][] Numbers(EmbeddedKafka kafka, string topic)
    {
        return [.. kafka.Values(topic).Select(values => values.Select(ReadLong).ToArray())];

        static long ReadLong(byte[] value)
        {
            using var stream = new MemoryStream(value);
            return new Avro.IO.BinaryDecoder(stream).ReadLong();
        }
    }

    private sealed record Row(long Number);

    private sealed record Large(byte[] Blob);

    private sealed record Event(long Id, float Single, double Double, bool Flag, string Text, int? Maybe);

    private sealed class Progress : IProgress<WriteProgress>
    {
        public ConcurrentQueue<WriteProgress> Reports { get; } = new();

        public void Report(WriteProgress value) => Reports.Enqueue(value);
    }
}

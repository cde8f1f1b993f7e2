using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Avro.Generic;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Calls on one writer that overlap, come after its end, or never end it.</summary>
public sealed class OverlappingCallsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_tasks_write_their_rows_exactly_and_each_in_its_order()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        const int each = 20_000;
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("two", Options(kafka, partitions: 1), Cancelled))
        {
            await Task.WhenAll(Enumerable.Range(0, 2).Select(task => Task.Run(async () =>
            {
                for (int i = 0; i < each; i++)
                {
                    await writer.WriteAsync(Row.Of((task * each) + i), Cancelled);
                }
            })));
            await writer.FlushAsync(Cancelled);
        }

        Row[] rows = Rows(kafka, "two");
        Assert.Equal(Enumerable.Range(0, each).Select(Row.Of), rows.Where(r => r.Id < each));
        Assert.Equal(Enumerable.Range(each, each).Select(Row.Of), rows.Where(r => r.Id >= each));
    }

    [Fact]
    public async Task Rows_of_calls_that_are_awaited_at_the_end_are_exact_and_in_order()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        const int count = 20_000;
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("late", Options(kafka, partitions: 1, ("queue.buffering.max.messages", "1000")), Cancelled))
        {
            var calls = new List<Task>();
            for (int i = 0; i < count; i++)
            {
                calls.Add(writer.WriteAsync(Row.Of(i), Cancelled).AsTask());
            }

            await Task.WhenAll(calls);
            await writer.FlushAsync(Cancelled);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(Row.Of), Rows(kafka, "late"));
    }

    [Fact]
    public async Task Keys_belong_to_their_values_and_rows_that_do_not_fit_leave_the_others_exact()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        KafkaWriterOptions options = Options(kafka, partitions: 3, ("queue.buffering.max.messages", "100")) with { Key = "Text" };
        int refused = 0;
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("keys", options, Cancelled))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(task => Task.Run(async () =>
            {
                var calls = new List<Task>();
                for (int i = task; i < 8_000; i += 4)
                {
                    try
                    {
                        calls.Add(writer.WriteAsync(i % 7 == 0 ? new Row(i, null!) : Row.Of(i), Cancelled).AsTask());
                    }
                    catch (SchemaException)
                    {
                        Interlocked.Increment(ref refused);
                    }
                }

                await Task.WhenAll(calls);
            })));
        }

        int[] sound = [.. Enumerable.Range(0, 8_000).Where(i => i % 7 != 0)];
        Assert.Equal(8_000 - sound.Length, refused);
        Assert.Equal(sound.Select(i => (Row.Of(i).Text, Row.Of(i))), kafka.Messages("keys").SelectMany(p => p).Select(m => (Encoding.UTF8.GetString(m.Key!), Decode(m.Value))).OrderBy(r => r.Item2.Id));
    }

    [Fact]
    public async Task Flushes_that_overlap_each_cover_the_calls_before_them()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("flushes", Options(kafka, partitions: 2), Cancelled);
        var calls = new List<Task>();
        for (int i = 0; i < 3_000; i++)
        {
            calls.Add(writer.WriteAsync(Row.Of(i), Cancelled).AsTask());
            if (i % 500 == 499)
            {
                int given = i + 1;
                calls.Add(Verify(writer.FlushAsync(Cancelled), given));
            }
        }

        await Task.WhenAll(calls);

        async Task Verify(Task flush, int given)
        {
            await flush;
            Assert.InRange(Rows(kafka, "flushes").Length, given, 3_000);
        }
    }

    [Fact]
    public async Task After_disposing_every_call_says_so()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("ended", Options(kafka, partitions: 1), Cancelled);
        await writer.WriteAsync(Row.Of(1), Cancelled);
        await writer.DisposeAsync();
        await writer.DisposeAsync();
        for (int i = 0; i < 100; i++)
        {
            Assert.Contains("'ended'", (await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.WriteAsync(Row.Of(2), Cancelled).AsTask())).Message);
            Assert.Contains("'ended'", (await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.FlushAsync(Cancelled))).Message);
        }

        Assert.Equal([Row.Of(1)], Rows(kafka, "ended"));
    }

    [Fact]
    public async Task Rows_of_calls_before_disposing_are_written_and_those_after_are_refused()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("race", Options(kafka, partitions: 1, ("queue.buffering.max.messages", "50")), Cancelled);
        var written = new List<int>();
        int count = 0;
        var writing = Task.Run(async () =>
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    await writer.WriteAsync(Row.Of(i), Cancelled);
                    written.Add(i);
                    Volatile.Write(ref count, i);
                }
            }
            catch (ObjectDisposedException)
            {
            }
        }, Cancelled);
        await Until.TrueAsync(() => Volatile.Read(ref count) > 1_000, "rows are written");
        await Task.WhenAll(writer.DisposeAsync().AsTask(), writer.DisposeAsync().AsTask());
        await writing;
        Assert.Equal(written.Select(Row.Of), Rows(kafka, "race"));
    }

    [Fact]
    public async Task Calls_cancelled_in_the_middle_keep_the_order_of_the_others()
    {
        EmbeddedKafka kafka = EmbeddedKafka.Start();
        await using KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("cancel", Options(kafka, partitions: 1, ("queue.buffering.max.messages", "5")) with { Timeout = TimeSpan.FromSeconds(3) }, Cancelled);
        kafka.Dispose();
        using var cancellation = new CancellationTokenSource();
        Task[] calls = [.. Enumerable.Range(0, 200).Select(i => writer.WriteAsync(Row.Of(i), i % 2 == 0 ? Cancelled : cancellation.Token).AsTask())];
        await cancellation.CancelAsync();
        for (int i = 7; i < 200; i += 2)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[i]);
        }

        KafkaWriteException e = await Assert.ThrowsAsync<KafkaWriteException>(() => calls[6]);
        Assert.Equal((0, 5 + 97), (e.Written, e.NotWritten)); // those in the queue, and the calls that still wait: 6, 8 … 198
        Assert.Same(e, await Assert.ThrowsAsync<KafkaWriteException>(() => calls[198]));
    }

    [Fact]
    public async Task Overlapping_views_to_one_topic_are_exact()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        kafka.CreateTopic("views", 2);
        var ml = new MLContext(1);
        KafkaWriterOptions options = Options(kafka, partitions: 2, ("queue.buffering.max.messages", "200"));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(task => Task.Run(
            () => ml.Data.SaveToKafka(ml.Data.LoadFromEnumerable(Enumerable.Range(task * 2_000, 2_000).Select(i => new ViewRow { Id = i, Text = Row.Of(i).Text })), "views", options, Cancelled), Cancelled)));
        Assert.Equal(Enumerable.Range(0, 6_000).Select(Row.Of), Rows(kafka, "views").OrderBy(r => r.Id));
    }

    [Fact]
    public async Task A_writer_that_is_dropped_says_so_in_the_log_and_sends_what_is_queued()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var log = new Lines();
        await DropAsync(kafka, log, isFlushed: false);
        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return log.Contains("writer of topic dropped was dropped without being disposed, with 10 rows not acknowledged");
            },
            "a line in the log");
        await Until.TrueAsync(() => Rows(kafka, "dropped").Length == 10, "the rows are sent");
    }

    [Fact]
    public async Task A_writer_that_is_dropped_with_all_its_rows_acknowledged_loses_nothing_and_says_nothing()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var log = new Lines();
        WeakReference writer = await DropAsync(kafka, log, isFlushed: true);
        await Until.TrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !writer.IsAlive;
            },
            "the end of the writer");
        GC.WaitForPendingFinalizers();
        Assert.False(log.Contains("was dropped"));
    }

    [Fact]
    public async Task Progress_reports_its_end_once()
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        var reports = new List<WriteProgress>();
        KafkaWriterOptions options = Options(kafka, partitions: 1) with { Progress = new Collected(reports) };
        await using (KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("once", options, Cancelled))
        {
            for (int i = 0; i < 3_000; i++)
            {
                await writer.WriteAsync(Row.Of(i), Cancelled);
            }

            await writer.FlushAsync(Cancelled);
            await writer.FlushAsync(Cancelled);
        }

        Assert.Single(reports, r => r.Acknowledged == 3_000);
        Assert.Equal((3_000, 3_000), (reports[^1].Rows, reports[^1].Acknowledged));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> DropAsync(EmbeddedKafka kafka, Lines log, bool isFlushed)
    {
        KafkaRecordWriter<Row> writer = await KafkaRecordWriter<Row>.OpenAsync("dropped", Options(kafka, partitions: 1, ("linger.ms", "60000")) with { LoggerFactory = log }, Cancelled);
        for (int i = 0; i < 10; i++)
        {
            await writer.WriteAsync(Row.Of(i), Cancelled);
        }

        if (isFlushed)
        {
            await writer.FlushAsync(Cancelled);
        }

        return new WeakReference(writer);
    }

    private static KafkaWriterOptions Options(EmbeddedKafka kafka, int partitions, params (string Name, string Value)[] settings) => new()
    {
        BootstrapServers = kafka.BootstrapServers,
        Framing = SchemaFraming.None,
        Schema = Schema,
        Partitions = partitions,
        ClientConfig = settings.ToDictionary(s => s.Name, s => s.Value),
    };

    private const string Schema = """{"type":"record","name":"R","fields":[{"name":"Id","type":"int"},{"name":"Text","type":"string"}]}""";

    private static Row[] Rows(EmbeddedKafka kafka, string topic) => [.. kafka.Values(topic).SelectMany(partition => partition).Select(Decode)];

    private static Row Decode(byte[] value)
    {
        GenericRecord record = Encoded.Decode(value, (Avro.RecordSchema)Avro.Schema.Parse(Schema));
        return new Row((int)record["Id"], (string)record["Text"]);
    }

    private sealed record Row(int Id, string Text)
    {
        public static Row Of(int id) => new(id, $"row {id} {new string('x', id % 50)}");
    }

    private sealed class ViewRow
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";
    }

    private sealed class Collected(List<WriteProgress> reports) : IProgress<WriteProgress>
    {
        public void Report(WriteProgress value) => reports.Add(value);
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public bool Contains(string text) => _lines.Any(line => line.Contains(text, StringComparison.Ordinal));

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}

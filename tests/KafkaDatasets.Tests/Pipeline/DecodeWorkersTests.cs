using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Rows;
using Xunit;

namespace KafkaDatasets.Tests.Pipeline;

public sealed class DecodeWorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task As_many_jobs_as_there_are_workers_are_decoded_at_a_time_and_the_end_waits_for_all(int workers)
    {
        var decoder = new GatedDecoder();
        var pool = new DecodeWorkers(decoder, TestContext.Current.CancellationToken) { Count = workers };
        await pool.EndAsync(); // nothing has begun
        DecodeJob[] jobs = [.. Enumerable.Range(0, 20).Select(_ => Job())];
        foreach (DecodeJob job in jobs)
        {
            pool.Add(job);
        }

        for (int i = 0; i < workers; i++)
        {
            await decoder.Begun.WaitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(workers, decoder.Running);
        Task end = pool.EndAsync();
        Assert.False(end.IsCompleted);
        decoder.Go.Release(jobs.Length);
        await end;
        Assert.Equal((0, workers), (decoder.Running, decoder.Most));
        foreach (DecodeJob job in jobs)
        {
            Assert.True(job.Done.IsCompletedSuccessfully);
            await job.Done;
        }
    }

    private static DecodeJob Job()
    {
        var chunk = new RecordChunk(0, _ => { }) { Entries = new RecordEntry[1], Count = 1 };
        chunk.Own();
        var job = new DecodeJob();
        job.Start(new RowBlock([]));
        job.Add(new RecordSlice(chunk, 0, 1), segment: 0);
        return job;
    }

    /// <summary>Decodes nothing, when it is let go.</summary>
    private sealed class GatedDecoder : IRowDecoder
    {
        private readonly Lock _lock = new();

        public SemaphoreSlim Begun { get; } = new(0);

        public SemaphoreSlim Go { get; } = new(0);

        public int Running { get; private set; }

        public int Most { get; private set; }

        public IReadOnlyList<BlockColumn> Layout => [];

        public async ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                Most = Math.Max(Most, ++Running);
            }

            Begun.Release();
            await Go.WaitAsync(cancellationToken);
            lock (_lock)
            {
                Running--;
            }
        }

        public void ThrowIfNothingDecoded()
        {
        }
    }
}

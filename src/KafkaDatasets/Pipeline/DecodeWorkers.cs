using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Decoding;

namespace KafkaDatasets.Pipeline;

/// <summary>Decodes jobs on threads of the thread pool, at most <see cref="Count"/> at a time.</summary>
/// <remarks>A job allocates nothing. Tasks that read a channel would: of the readers that wait at the same time, all but one allocate something for each wait.</remarks>
/// <param name="decoder">Turns the records into rows.</param>
/// <param name="cancellationToken">Ends the decoding.</param>
internal sealed class DecodeWorkers(IRowDecoder decoder, CancellationToken cancellationToken) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<DecodeJob> _jobs = new();
    private TaskCompletionSource? _ended;
    private int _running;

    /// <summary>The maximum number of jobs that are decoded at a time; only the thread that adds jobs changes it.</summary>
    public int Count { get; set; }

    /// <summary>Adds a job.</summary>
    public void Add(DecodeJob job)
    {
        lock (_lock)
        {
            _jobs.Enqueue(job);
            if (_running == Count)
            {
                return;
            }

            _running++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Waits until every job is decoded; none may be added any more.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            return _running == 0 ? Task.CompletedTask : (_ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (TryTake(out DecodeJob? job))
        {
            await job.RunAsync(decoder, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool TryTake([NotNullWhen(true)] out DecodeJob? job)
    {
        lock (_lock)
        {
            if (_jobs.TryDequeue(out job))
            {
                return true;
            }

            if (--_running == 0)
            {
                _ended?.SetResult();
            }

            return false;
        }
    }
}

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>
/// Admits trainings to LightGBM. Its number of threads is one setting of the process, and a training has one buffer for each thread that there was when it began:
/// if another training raised the number meanwhile, memory would be overwritten. So all trainings at one time have the same number, and one with another number waits.
/// </summary>
internal static class EngineThreads
{
    private static readonly object Gate = new();
    private static int? _threads;
    private static int _trainings;

    /// <summary>Waits until a training with this number of threads may begin; dispose the result when it has ended.</summary>
    /// <param name="threads">The number; null: LightGBM's default.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public static IDisposable Enter(int? threads, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(static () =>
        {
            lock (Gate)
            {
                Monitor.PulseAll(Gate);
            }
        });
        lock (Gate)
        {
            while (_trainings > 0 && _threads != threads)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(Gate);
            }

            cancellationToken.ThrowIfCancellationRequested();
            _threads = threads;
            _trainings++;
            return new Admission();
        }
    }

    private sealed class Admission : IDisposable
    {
        private bool _isLeft;

        public void Dispose()
        {
            lock (Gate)
            {
                _trainings -= _isLeft ? 0 : 1;
                _isLeft = true;
                Monitor.PulseAll(Gate);
            }
        }
    }
}

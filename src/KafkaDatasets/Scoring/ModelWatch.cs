using KafkaDatasets.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets.Scoring;

/// <summary>Looks for newer models in the background, so that scoring never waits for one.</summary>
internal sealed class ModelWatch(ScorerOptions options, TimeSpan timeout, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private string? _last;
    private string? _toldOfFinding;
    private string? _toldOfBinding;
    private ScoringModel? _unbound;
    private BatchScorer? _next;
    private Task _finding = Task.CompletedTask;
    private Task _loop = Task.CompletedTask;

    /// <summary>Waits for the first model.</summary>
    /// <exception cref="ModelException">There is none within the time-out.</exception>
    public async Task<ScoringModel> FirstAsync(CancellationToken cancellationToken)
    {
        long since = clock.GetTimestamp();
        ModelException? failure = null;
        while (true)
        {
            try
            {
                if (await FindAsync(null, cancellationToken).ConfigureAwait(false) is { } model)
                {
                    _last = model.Version;
                    return model;
                }
            }
            catch (ModelException e)
            {
                failure = e;
            }

            if (clock.GetElapsedTime(since) >= timeout)
            {
                throw failure ?? new ModelException(FormattableString.Invariant($"No model was found in {options.Model} within {timeout.TotalSeconds:0.#} s: check its name, and that a model has been published there."));
            }

            await Task.Delay(options.ModelCheckInterval < timeout ? options.ModelCheckInterval : timeout, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts to look for newer models.</summary>
    /// <param name="bind">Prepares a model for scoring.</param>
    public void Start(Func<ScoringModel, CancellationToken, Task<BatchScorer>> bind) => _loop = Task.Run(() => WatchAsync(bind));

    /// <summary>Returns a newer model that is ready; null if there is none.</summary>
    public BatchScorer? TakeNewer() => Volatile.Read(ref _next) is null ? null : Interlocked.Exchange(ref _next, null);

    /// <exception cref="ModelException">The model is older than the options allow.</exception>
    public void ThrowIfTooOld(ScoringModel model)
    {
        if (options.MaxModelAge is { } most && clock.GetUtcNow() - model.Created is var age && age > most)
        {
            throw new ModelException(FormattableString.Invariant($"The model {model.Version} is {age.TotalSeconds:0} s old, and {nameof(ScorerOptions)}.{nameof(ScorerOptions.MaxModelAge)} is {most.TotalSeconds:0} s: publish a newer model, or allow a higher age."))
            {
                ModelVersion = model.Version,
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
        Task disposed = DisposeModelsAsync();
        try
        {
            await disposed.WaitAsync(timeout, clock).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!disposed.IsCompleted)
        {
            // The source ignores that its search is cancelled.
        }
    }

    /// <summary>Disposes the source when it has ended its last search: what it searches with, such as a client, must not vanish meanwhile.</summary>
    private async Task DisposeModelsAsync()
    {
        await _finding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await options.Model.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Looks for a model. A source that ignores the token is left behind.</summary>
    private Task<ScoringModel?> FindAsync(string? current, CancellationToken cancellationToken)
    {
        Task<ScoringModel?> finding = options.Model.FindAsync(current, cancellationToken).AsTask();
        _finding = finding;
        return finding.WaitAsync(cancellationToken);
    }

    private async Task WatchAsync(Func<ScoringModel, CancellationToken, Task<BatchScorer>> bind)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.ModelCheckInterval, clock, _stop.Token).ConfigureAwait(false);
                await FindNewerAsync().ConfigureAwait(false);
                await BindAsync(bind).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The scorer ends.
        }
    }

    /// <summary>Looks for a model that is newer than the last one. If that fails, the last one still waits to be prepared.</summary>
    private async Task FindNewerAsync()
    {
        try
        {
            if (await FindAsync(_last, _stop.Token).ConfigureAwait(false) is { } model)
            {
                _last = model.Version;
                _unbound = model;
            }
        }
        catch (Exception e) when (!IsEnd(e))
        {
            Tell(ref _toldOfFinding, e.Message);
        }
    }

    /// <summary>Prepares the model that waits for it.</summary>
    private async Task BindAsync(Func<ScoringModel, CancellationToken, Task<BatchScorer>> bind)
    {
        if (_unbound is not { } next)
        {
            return;
        }

        try
        {
            Volatile.Write(ref _next, await bind(next, _stop.Token).ConfigureAwait(false));
            _unbound = null;
            _toldOfFinding = _toldOfBinding = null;
        }
        catch (Exception e) when (!IsEnd(e))
        {
            if (e is ModelException)
            {
                _unbound = null; // it never fits; other failures, such as those of the schema registry, may pass
            }

            Tell(ref _toldOfBinding, e.Message);
        }
    }

    private bool IsEnd(Exception e) => e is OperationCanceledException && _stop.IsCancellationRequested;

    private void Tell(ref string? told, string problem)
    {
        if (problem != told)
        {
            Log.ModelRefused(logger, problem);
        }

        told = problem;
    }
}

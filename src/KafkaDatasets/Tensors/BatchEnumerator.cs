using System.Runtime.CompilerServices;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Tensors;

/// <summary>One pass over the batches, which begins with the first <see cref="MoveNextAsync"/>. A second concurrent caller gets an <see cref="InvalidOperationException"/>.</summary>
internal sealed class BatchEnumerator : IAsyncEnumerator<TensorBatch>
{
    private readonly string _topic;
    private readonly Func<CancellationToken, BatchPass> _open;
    private readonly CancellationToken _passToken;
    private readonly CancellationToken _enumeratorToken;
    private CancellationTokenSource? _cancellation;
    private BatchPass? _pass;
    private TensorBatch? _current;
    private bool _isEnded;
    private SingleCaller _caller;

    public BatchEnumerator(string topic, Func<CancellationToken, BatchPass> open, CancellationToken passToken, CancellationToken enumeratorToken)
    {
        _topic = topic;
        _open = open;
        _passToken = passToken;
        _enumeratorToken = enumeratorToken;
    }

    public TensorBatch Current => _current!;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> MoveNextAsync()
    {
        Enter();
        try
        {
            _current = null;
            if (_isEnded)
            {
                return false;
            }

            RowBlock? block = await ReadAsync().ConfigureAwait(false);
            if (block is not null)
            {
                _current = new TensorBatch(block, _pass!.Source, _pass.Batches.End);
                return true;
            }

            await EndAsync().ConfigureAwait(false);
            return false;
        }
        catch
        {
            await EndAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _caller.Exit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Enter();
        try
        {
            _current = null;
            await EndAsync().ConfigureAwait(false);
        }
        finally
        {
            _caller.Exit();
        }
    }

    private void Enter() => _caller.Enter(_topic, $"start a pass for each reader with {nameof(KafkaDataset)}.{nameof(KafkaDataset.ReadBatchesAsync)}");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RowBlock?> ReadAsync()
    {
        if (_pass is null)
        {
            _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_passToken, _enumeratorToken);
            _cancellation.Token.ThrowIfCancellationRequested();
            _pass = _open(_cancellation.Token);
        }

        try
        {
            return await _pass.Batches.ReadAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (_cancellation!.IsCancellationRequested)
        {
            throw new OperationCanceledException($"Reading topic '{_topic}' was cancelled.", e, _passToken.IsCancellationRequested ? _passToken : _enumeratorToken);
        }
    }

    private async ValueTask EndAsync()
    {
        _isEnded = true;
        if (_pass is { } pass)
        {
            _pass = null;
            await pass.Reader.DisposeAsync().ConfigureAwait(false);
        }

        _cancellation?.Dispose();
        _cancellation = null;
    }
}

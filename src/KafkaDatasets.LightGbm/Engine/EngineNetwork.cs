using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KafkaDatasets.LightGbm.Collectives;

namespace KafkaDatasets.LightGbm.Engine;

/// <summary>
/// Gives LightGBM, on the current thread, the ranks' connections as its network. LightGBM's own sockets are not used: when a rank is lost they spin forever or end the process, and they have no cancellation.
/// An exception cannot pass through native code, so after a failure the functions return this rank's own data, the iteration ends by itself, and <see cref="ThrowIfFailed"/> throws.
/// </summary>
internal sealed unsafe class EngineNetwork : IDisposable
{
    [ThreadStatic]
    private static EngineNetwork? _current;

    private readonly RankLinks _links;
    private readonly CancellationToken _cancellationToken;
    private byte[] _received = [];
    private Exception? _failure;

    /// <summary>Makes the network the one of the current thread.</summary>
    public EngineNetwork(RankLinks links, CancellationToken cancellationToken)
    {
        _links = links;
        _cancellationToken = cancellationToken;
        _current = this;
        NativeError.ThrowIfFailed(NativeMethods.NetworkInitWithFunctions(links.Size, links.Rank, &ReduceScatter, &AllGather));
    }

    /// <summary>Throws what made an exchange fail.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    public void Dispose()
    {
        _ = NativeMethods.NetworkFree();
        _current = null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AllGather(byte* input, int inputSize, int* starts, int* lengths, int blocks, byte* output, int outputSize) => _current!.Gather(input, starts, lengths, output);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReduceScatter(byte* input, int inputSize, int elementSize, int* starts, int* lengths, int blocks, byte* output, int outputSize, void** reducer) =>
        _current!.Reduce(input, elementSize, starts, lengths, output, (delegate* unmanaged[Cdecl]<byte*, byte*, int, int, void>)*reducer);

    /// <summary>Every rank gets the block of every rank.</summary>
    private void Gather(byte* input, int* starts, int* lengths, byte* output)
    {
        // The input may lie at the start of the output.
        byte* own = output + starts[_links.Rank];
        Buffer.MemoryCopy(input, own, lengths[_links.Rank], lengths[_links.Rank]);
        LinkExchange[] plan = _links.Plan;
        for (int rank = 0; rank < plan.Length; rank++)
        {
            plan[rank] = new LinkExchange(own, lengths[_links.Rank], output + starts[rank], lengths[rank]);
        }

        if (Exchange())
        {
            return;
        }

        for (int rank = 0; rank < plan.Length; rank++)
        {
            if (rank != _links.Rank)
            {
                NativeMemory.Clear(output + starts[rank], (nuint)lengths[rank]);
                Buffer.MemoryCopy(own, output + starts[rank], lengths[rank], Math.Min(lengths[rank], lengths[_links.Rank]));
            }
        }
    }

    /// <summary>Every rank gets the sum of all ranks' blocks that have its index. The order of the sum is that of the ranks, so that the result is always the same.</summary>
    private void Reduce(byte* input, int elementSize, int* starts, int* lengths, byte* output, delegate* unmanaged[Cdecl]<byte*, byte*, int, int, void> reducer)
    {
        int length = lengths[_links.Rank];
        byte* own = input + starts[_links.Rank];
        if (_received.Length < length * _links.Size)
        {
            _received = GC.AllocateUninitializedArray<byte>(length * _links.Size, pinned: true);
        }

        byte* received = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_received, 0);
        LinkExchange[] plan = _links.Plan;
        for (int rank = 0; rank < plan.Length; rank++)
        {
            plan[rank] = new LinkExchange(input + starts[rank], lengths[rank], received + ((long)rank * length), length);
        }

        if (!Exchange())
        {
            Buffer.MemoryCopy(own, output, length, length);
            return;
        }

        for (int rank = 0; rank < plan.Length; rank++)
        {
            byte* block = rank == _links.Rank ? own : received + ((long)rank * length);
            if (rank == 0)
            {
                Buffer.MemoryCopy(block, output, length, length);
            }
            else if (length > 0)
            {
                reducer(block, output, elementSize, length);
            }
        }
    }

    /// <summary>Carries out the links' plan; returns whether it succeeded.</summary>
    private bool Exchange()
    {
        if (_failure is null)
        {
            try
            {
                _links.Exchange(_cancellationToken);
                return true;
            }
            catch (Exception e)
            {
                _failure = e;
            }
        }

        return false;
    }
}

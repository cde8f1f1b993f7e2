namespace KafkaDatasets.Fetching.Direct.Records;

/// <summary>Decompresses zstd by the system's library, or by the managed one where there is none.</summary>
/// <param name="usesNative">Whether to use the system's.</param>
internal sealed class ZstdDecompressor(bool usesNative) : IDisposable
{
    private readonly NativeZstd? _native = usesNative ? NativeZstd.Create() : null;
    private readonly ZstdSharp.Decompressor? _managed = usesNative ? null : new();

    public ZstdDecompressor()
        : this(NativeZstd.IsAvailable)
    {
    }

    /// <summary>Decompresses frames; returns the number of bytes written.</summary>
    /// <exception cref="Exception">The bytes are malformed, or the target is too small.</exception>
    public int Decompress(ReadOnlySpan<byte> source, Span<byte> target) => _native?.Decompress(source, target) ?? _managed!.Unwrap(source, target);

    public void Dispose()
    {
        _native?.Dispose();
        _managed?.Dispose();
    }
}

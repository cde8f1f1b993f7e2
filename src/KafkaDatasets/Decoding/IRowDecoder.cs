using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Turns records into rows of a block. Safe for several workers at once.</summary>
internal interface IRowDecoder
{
    /// <summary>The columns of the blocks it fills.</summary>
    IReadOnlyList<BlockColumn> Layout { get; }

    /// <summary>Appends the records <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> of a chunk to a block that has room for them.</summary>
    /// <exception cref="RecordDecodingException">A record cannot be decoded, and <see cref="BadRecordPolicy.Throw"/> holds.</exception>
    /// <exception cref="SchemaException">A schema cannot be had.</exception>
    ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken);

    /// <summary>Called at the end of the pass.</summary>
    /// <exception cref="RecordDecodingException">There were records, and every one was left out.</exception>
    void ThrowIfNothingDecoded();
}

using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Decoding;

/// <summary>Decodes records into the rows of a block; thread-safe.</summary>
internal interface IRowDecoder
{
    /// <summary>The columns of the blocks it fills.</summary>
    IReadOnlyList<BlockColumn> Layout { get; }

    /// <summary>Appends the records <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> of a chunk to a block that has room for them.</summary>
    /// <exception cref="RecordDecodingException">A record cannot be decoded, and the policy is <see cref="BadRecordPolicy.Throw"/>.</exception>
    /// <exception cref="SchemaException">A schema is not available.</exception>
    ValueTask DecodeAsync(RecordChunk chunk, int start, int count, RowBlock block, CancellationToken cancellationToken);

    /// <summary>Throws when every record of the pass was skipped; called at the end of the pass.</summary>
    /// <exception cref="RecordDecodingException">There were records, and every one was skipped.</exception>
    void ThrowIfNothingDecoded();
}

using System.Collections.Concurrent;

namespace KafkaDatasets.Decoding;

/// <summary>The ids of the schemas that the records read so far were written with, for all passes of a dataset.</summary>
internal sealed class SeenSchemas
{
    private readonly ConcurrentDictionary<WriterSchemaId, byte> _ids = new();

    /// <summary>The ids, in no particular order.</summary>
    public ICollection<WriterSchemaId> Ids => _ids.Keys;

    public void Add(WriterSchemaId id) => _ids.TryAdd(id, 0);
}

namespace KafkaDatasets.Decoding.Avro;

/// <summary>What one step of an Avro decode plan does.</summary>
internal enum AvroStepKind
{
    /// <summary>Passes <see cref="AvroStep.Length"/> bytes of fixed-width fields and copies what is wanted out of them.</summary>
    Fixed,

    /// <summary>An int.</summary>
    Int,

    /// <summary>A long.</summary>
    Long,

    /// <summary>A string, or bytes.</summary>
    Bytes,

    /// <summary>An enum; <see cref="AvroStep.Symbols"/> maps its index.</summary>
    Enum,

    /// <summary>A union: the branch's steps follow.</summary>
    Union,

    /// <summary>An array or a map, passed over.</summary>
    SkipBlocks,

    /// <summary>A record whose steps stand in <see cref="AvroStep.Call"/>: a recursive one, passed over.</summary>
    Call,

    /// <summary>No bytes: the targets get their missing value.</summary>
    Missing,

    /// <summary>No bytes: the targets get a number from the reader's schema.</summary>
    Number,

    /// <summary>No bytes: the targets get an integer from the reader's schema.</summary>
    Integer,

    /// <summary>No bytes: the targets get a text from the reader's schema.</summary>
    Text,

    /// <summary>A value that the reader's schema has no place for: an error.</summary>
    Fail,
}

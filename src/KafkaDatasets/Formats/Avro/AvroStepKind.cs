namespace KafkaDatasets.Formats.Avro;

/// <summary>What one step of an Avro decode plan does.</summary>
internal enum AvroStepKind
{
    /// <summary>Passes <see cref="AvroStep.Length"/> bytes of fixed-width fields and copies what is wanted out of them.</summary>
    Fixed,

    /// <summary>An int.</summary>
    Int,

    /// <summary>A long.</summary>
    Long,

    /// <summary>A string, or bytes that are text.</summary>
    Text,

    /// <summary>An enum; <see cref="AvroStep.Symbols"/> maps its index.</summary>
    Enum,

    /// <summary>A date or time in <see cref="AvroStep.Unit"/>.</summary>
    Time,

    /// <summary>A decimal of <see cref="AvroStep.Scale"/>.</summary>
    Decimal,

    /// <summary>A UUID of 16 bytes.</summary>
    Uuid,

    /// <summary>Bytes, or a fixed, that are a vector.</summary>
    Bytes,

    /// <summary>A duration: three numbers.</summary>
    Duration,

    /// <summary>A union: the branch's steps follow.</summary>
    Union,

    /// <summary>An array that is a vector, or several.</summary>
    List,

    /// <summary>A map of which some keys are columns.</summary>
    Map,

    /// <summary>An array or a map, skipped.</summary>
    SkipBlocks,

    /// <summary>A record whose steps stand in <see cref="AvroStep.Call"/>: a recursive one, skipped.</summary>
    Call,

    /// <summary>No bytes: the targets get their missing value.</summary>
    Missing,

    /// <summary>No bytes: the targets get a missing list.</summary>
    MissingList,

    /// <summary>No bytes of the value: the default of the reader's schema, encoded in <see cref="AvroStep.Encoded"/>.</summary>
    Default,

    /// <summary>A value that the reader's schema has no place for: an error.</summary>
    Fail,
}

namespace KafkaDatasets.Formats.Json;

/// <summary>The shape of a JSON value.</summary>
internal enum JsonKind
{
    /// <summary>A number, a Boolean or a string.</summary>
    Scalar,

    /// <summary>An object whose members are known.</summary>
    Object,

    /// <summary>An array.</summary>
    List,

    /// <summary>One of several types (<c>oneOf</c>, <c>anyOf</c>).</summary>
    Choice,
}

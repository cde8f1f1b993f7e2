using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>A format, bound to the schema of one dataset.</summary>
internal interface IRecordFormat
{
    /// <summary>The columns.</summary>
    DatasetSchema Schema { get; }

    /// <summary>The name of the dataset's schema in messages.</summary>
    string Source { get; }

    /// <summary>Returns the columns that another schema would give, or null when the format has no other schemas.</summary>
    /// <exception cref="SchemaException">The schema is not valid for this format.</exception>
    DatasetSchema? SchemaOf(SchemaDocument writer) => null;

    /// <summary>The subject and version of the dataset's schema, or null when it has none.</summary>
    (string Name, int Version)? Subject => null;

    /// <summary>Whether the writer schema's name marks it as a different type from the dataset's, unless it is a version of the same subject.</summary>
    bool IsNamedOtherwise(SchemaDocument writer) => false;

    /// <summary>Compiles a plan.</summary>
    /// <param name="writer">The schema of the data, or null for the dataset's own schema without framing.</param>
    /// <param name="layout">The columns that are wanted.</param>
    /// <exception cref="SchemaException">The writer's schema is not valid for this format.</exception>
    /// <exception cref="IncompatibleSchemaException">The writer's schema cannot be read as the dataset's; the exception names the field.</exception>
    PartPlan Compile(SchemaDocument? writer, PartLayout layout);
}

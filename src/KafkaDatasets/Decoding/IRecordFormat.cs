using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>A format, bound to the schema of one dataset.</summary>
internal interface IRecordFormat
{
    /// <summary>The columns.</summary>
    DatasetSchema Schema { get; }

    /// <summary>What messages call the dataset's schema.</summary>
    string Source { get; }

    /// <summary>The columns that another schema of this format would give; null where there are no other schemas.</summary>
    /// <exception cref="SchemaException">The schema is none of this format.</exception>
    DatasetSchema? SchemaOf(SchemaDocument writer) => null;

    /// <summary>The subject and the version of the dataset's schema; null where it has none.</summary>
    (string Name, int Version)? Subject => null;

    /// <summary>Whether the name of the writer's schema says that it is of another type than the dataset's, unless it is a version of the same subject.</summary>
    bool IsNamedOtherwise(SchemaDocument writer) => false;

    /// <summary>Compiles a plan.</summary>
    /// <param name="writer">The schema of what is read; null: the dataset's own, without framing.</param>
    /// <param name="layout">The columns that are wanted.</param>
    /// <exception cref="SchemaException">The writer's schema is none of this format.</exception>
    /// <exception cref="IncompatibleSchemaException">The writer's schema cannot be read as the dataset's; it names the field.</exception>
    PartPlan Compile(SchemaDocument? writer, PartLayout layout);
}

using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>A column that a class requests.</summary>
/// <param name="Name">Its name in the view.</param>
/// <param name="Member">The member of the class, or the field of the schema that it was generated from.</param>
/// <param name="Type">Its type.</param>
internal sealed record TypedColumn(string Name, string Member, DataViewType Type);

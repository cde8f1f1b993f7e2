using System.Text.Json;
using KafkaDatasets.Rows;

namespace KafkaDatasets.MLNet;

/// <summary>The formats and columns that a loader loads from every topic, which are those of the first topic loaded.</summary>
internal sealed class LoadedColumns
{
    private readonly SavedLoader _saved;

    private LoadedColumns(SavedLoader saved)
    {
        _saved = saved;
        var schema = new DatasetSchema(saved.Record, saved.Columns, new Dictionary<string, string>(), [.. saved.RecordColumns.Select(c => c.Create())]);
        ColumnRoles roles = ColumnRoles.Of(schema, ApplyColumns(new KafkaDatasetOptions { BootstrapServers = "" }), isOpened: false);
        View = new ViewSchema(roles, ViewFields.Of(schema, roles, saved.ViewColumns));
    }

    public ViewSchema View { get; }

    public static LoadedColumns Of(KafkaDataset dataset, KafkaDatasetOptions options) => new(new SavedLoader
    {
        Format = options.Format.Description,
        FormatName = options.Format.ToString()!,
        KeyFormat = options.KeyFormat?.Description,
        KeyFormatName = options.KeyFormat?.ToString(),
        Record = dataset.Schema.Name,
        Columns = dataset.Schema.Columns,
        Features = dataset.Roles.Features.Count > 0 ? [.. dataset.Roles.Features.Select(f => f.Name)] : null,
        Label = options.Label is { } label ? new SavedLabel(label.Kind, dataset.Roles.LabelField!.Name, dataset.Roles.Categories, label.Positive, label.Negative) : null,
        ExtraColumns = options.ExtraColumns,
        RecordColumns = [.. options.RecordColumns.Select(SavedRecordColumn.Of)],
        ColumnNameCaseInsensitive = options.ColumnNameCaseInsensitive,
        EnumsAsText = options.EnumsAsText,
        ViewColumns = options.ViewColumns,
    })
    {
        Formats = (options.Format, options.KeyFormat),
    };

    /// <exception cref="FormatException">The JSON was not written by <see cref="ToJson"/>.</exception>
    public static LoadedColumns Parse(string json)
    {
        try
        {
            return new LoadedColumns(JsonSerializer.Deserialize(json, SavedLoaderJson.Default.SavedLoader) ?? throw new FormatException("The loader of the model is null."));
        }
        catch (Exception e) when (e is JsonException or KafkaDatasetException)
        {
            throw new FormatException($"The loader of the model is invalid: {e.Message}", e);
        }
    }

    /// <summary>The formats of the options that the loader was created with; null if it was loaded with a model.</summary>
    private (RecordFormat Value, RecordFormat? Key)? Formats { get; init; }

    /// <exception cref="InvalidOperationException">The format has parts that cannot be saved.</exception>
    public string ToJson()
    {
        if (_saved.Format is null || (_saved.KeyFormat is null && _saved.KeyFormatName is not null))
        {
            throw new InvalidOperationException($"The format {(_saved.Format is null ? _saved.FormatName : _saved.KeyFormatName)} cannot be saved with a model, as it calls code of the program: save the model with its schema, ml.Model.Save(model, view.Schema, file).");
        }

        return JsonSerializer.Serialize(_saved, SavedLoaderJson.Default.SavedLoader);
    }

    /// <summary>Combines the cluster and the range of given options with these formats and columns.</summary>
    public KafkaDatasetOptions Apply(KafkaDatasetOptions cluster) => ApplyColumns(cluster) with
    {
        Format = Formats?.Value ?? _saved.Format!.Create(),
        KeyFormat = Formats is { } formats ? formats.Key : _saved.KeyFormat?.Create(),
    };

    private KafkaDatasetOptions ApplyColumns(KafkaDatasetOptions cluster) => cluster with
    {
        Label = _saved.Label?.Create(),
        Features = _saved.Features,
        ExtraColumns = _saved.ExtraColumns,
        RecordColumns = [.. _saved.RecordColumns.Select(c => c.Create())],
        ColumnNameCaseInsensitive = _saved.ColumnNameCaseInsensitive,
        EnumsAsText = _saved.EnumsAsText,
        ViewColumns = _saved.ViewColumns,
    };

    /// <summary>Combines the cluster and the range of <paramref name="cluster"/> with the definition of a row in <paramref name="row"/>.</summary>
    public static KafkaDatasetOptions Apply(KafkaDatasetOptions row, KafkaDatasetOptions cluster) => cluster with
    {
        Format = row.Format,
        KeyFormat = row.KeyFormat,
        Label = row.Label,
        Features = row.Features,
        ExtraColumns = row.ExtraColumns,
        RecordColumns = row.RecordColumns,
        ColumnNameCaseInsensitive = row.ColumnNameCaseInsensitive,
        EnumsAsText = row.EnumsAsText,
        ViewColumns = row.ViewColumns,
    };

    /// <summary>Finds the columns in a dataset.</summary>
    /// <exception cref="SchemaException">The dataset lacks columns, or has them with other types.</exception>
    public IReadOnlyList<ViewField> In(KafkaDataset dataset)
    {
        var faults = new List<string>();
        var fields = new List<ViewField>();
        foreach (ViewColumn column in View.Columns.Where(c => c.Role == ViewColumnRole.Field))
        {
            if (!dataset.Schema.TryGetColumn(column.Name, out DatasetColumn? found))
            {
                faults.Add($"field '{column.Name}' of type {column.Type} is missing");
            }
            else if (!ViewSchema.TypeOf(found).Equals(column.Type))
            {
                faults.Add($"field '{column.Name}' is of type {ViewSchema.TypeOf(found)}, not {column.Type}");
            }
            else if (!(found.KeyValues ?? []).SequenceEqual(column.Source!.KeyValues ?? []))
            {
                faults.Add($"field '{column.Name}' has the values {string.Join(", ", found.KeyValues ?? [])}, not {string.Join(", ", column.Source.KeyValues ?? [])}");
            }

            fields.Add(new ViewField(column.Name, found ?? column.Source!));
        }

        var view = new ViewSchema(dataset.Roles, fields);
        foreach (ViewColumn column in View.Columns.Where(c => c.Role != ViewColumnRole.Field && !view.Columns.Any(v => v.Name == c.Name && v.Type.Equals(c.Type))))
        {
            faults.Add($"column {column.Name} of type {column.Type} would be {view.Columns.FirstOrDefault(v => v.Name == column.Name)?.Type.ToString() ?? "missing"}");
        }

        return faults.Count == 0
            ? fields
            : throw new SchemaException($"The topic '{dataset.Snapshot.Topic}' has not the columns of the loader: {string.Join("; ", faults)}.") { Topic = dataset.Snapshot.Topic };
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using KafkaDatasets.LightGbm.Engine;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.LightGbm.Models;

/// <summary>ML.NET transformers from models in LightGBM's text format. ML.NET reads a model when it fits its trainer, which needs a view with the right columns but no row.</summary>
internal static class TransformerFactory
{
    private const string FeaturesColumn = "Features";
    private const string LabelColumnName = "Label";
    private const string GroupColumnName = "GroupId";
    private const string Prefix = "LightGbm.";

    /// <summary>Whether a view has a feature as a column of its own, and not only as an item of <c>Features</c>: it has no columns of a vector's items, and its own instead of fields that are called like those.</summary>
    public static bool IsColumn(DatasetSchema schema, string feature) => feature is not (FeaturesColumn or LabelColumnName) && schema.TryGetColumn(feature, out DatasetColumn? column) && !column.IsVector;

    /// <param name="ml">The context.</param>
    /// <param name="model">The model's text.</param>
    /// <param name="objective">What it was trained for.</param>
    /// <param name="features">The features.</param>
    /// <param name="categories">The categories of the label.</param>
    /// <param name="hasColumns">Whether every feature is a column of its own; those with categories always are.</param>
    public static ITransformer Create(MLContext ml, string model, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories, bool hasColumns)
    {
        IReadOnlyDictionary<int, int> largest = ModelText.LargestCategories(model);
        CultureInfo culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; // ML.NET reads the numbers of a model by the current one
        try
        {
            return largest.Count == 0 ? CreatePlain(ml, model, objective, features, categories) : CreateCategorical(ml, model, objective, features, categories, largest, hasColumns);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static ITransformer CreatePlain(MLContext ml, string model, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories)
    {
        string text = ModelText.ForMLNet(model, [.. Enumerable.Range(0, features.Count)], features.Count);
        var schema = new DataViewSchema.Builder();
        AddLabel(schema, objective, categories);
        var names = new DataViewSchema.Annotations.Builder();
        names.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, features.Count), (ref VBuffer<ReadOnlyMemory<char>> value) => Texts(features, ref value));
        schema.AddColumn(FeaturesColumn, new VectorDataViewType(NumberDataViewType.Single, features.Count), names.ToAnnotations());
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Trainer(ml, stream, objective, FeaturesColumn).Fit(new EmptyView(schema.ToSchema()));
    }

    /// <summary>
    /// ML.NET's trees split categories by a slot of 0 or 1 for each, so the features are put together from their columns. Where some have none, the slots of the categories follow the column with all features.
    /// </summary>
    private static ITransformer CreateCategorical(
        MLContext ml, string model, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories, IReadOnlyDictionary<int, int> largest, bool hasColumns)
    {
        int[] slots = new int[features.Count];
        var schema = new DataViewSchema.Builder();
        AddLabel(schema, objective, categories);
        int[] read = [.. Enumerable.Range(0, features.Count).Where(i => hasColumns || largest.ContainsKey(i))];
        string[] columns = [.. read.Select(i => Prefix + features[i])];
        IEstimator<ITransformer> pipeline = ml.Transforms.Conversion.ConvertType([.. read.Select((i, column) => new InputOutputColumnPair(columns[column], features[i]))], DataKind.Single);
        int slot = 0;
        if (!hasColumns)
        {
            schema.AddColumn(FeaturesColumn, new VectorDataViewType(NumberDataViewType.Single, features.Count));
            slots = [.. Enumerable.Range(0, features.Count)];
            slot = features.Count;
        }

        foreach ((int column, int i) in read.Index())
        {
            schema.AddColumn(features[i], NumberDataViewType.Single);
            slots[i] = slot;
            slot++;
            if (largest.TryGetValue(i, out int last))
            {
                IDataView keys = ml.Data.LoadFromEnumerable(Enumerable.Range(0, last + 1).Select(c => new Category { Value = c }));
                pipeline = pipeline.Append(ml.Transforms.Conversion.MapValueToKey(columns[column], keyData: keys)).Append(ml.Transforms.Conversion.MapKeyToVector(columns[column]));
                slot += last;
            }
        }

        string text = ModelText.ForMLNet(model, slots, slot);
        string all = Prefix + FeaturesColumn;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return pipeline
            .Append(ml.Transforms.Concatenate(all, hasColumns ? columns : [FeaturesColumn, .. columns]))
            .Append(Trainer(ml, stream, objective, all))
            .Append(ml.Transforms.DropColumns([all, .. columns]))
            .Fit(new EmptyView(schema.ToSchema()));
    }

    private static IEstimator<ITransformer> Trainer(MLContext ml, Stream stream, Objective objective, string features) => objective switch
    {
        Objective.Binary => ml.BinaryClassification.Trainers.LightGbm(stream, features),
        Objective.Regression => ml.Regression.Trainers.LightGbm(stream, features),
        Objective.Ranking => ml.Ranking.Trainers.LightGbm(stream, features),
        Objective.Multiclass => ml.MulticlassClassification.Trainers.LightGbm(stream, features),
        _ => throw new UnreachableException($"{objective}"),
    };

    private static void AddLabel(DataViewSchema.Builder schema, Objective objective, IReadOnlyList<string> categories)
    {
        var names = new DataViewSchema.Annotations.Builder();
        if (objective == Objective.Multiclass)
        {
            names.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, categories.Count), (ref VBuffer<ReadOnlyMemory<char>> value) => Texts(categories, ref value));
        }

        schema.AddColumn(LabelColumnName, objective switch
        {
            Objective.Binary => BooleanDataViewType.Instance,
            Objective.Regression or Objective.Ranking => NumberDataViewType.Single,
            Objective.Multiclass => new KeyDataViewType(typeof(uint), categories.Count),
            _ => throw new UnreachableException($"{objective}"),
        }, names.ToAnnotations());
        if (objective == Objective.Ranking)
        {
            schema.AddColumn(GroupColumnName, new KeyDataViewType(typeof(uint), 1));
        }
    }

    private static void Texts(IReadOnlyList<string> texts, ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(texts.Count, [.. texts.Select(t => t.AsMemory())]);

    private sealed class Category
    {
        public float Value { get; set; }
    }
}

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

    public static ITransformer Create(MLContext ml, string model, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories)
    {
        IReadOnlyDictionary<int, int> largest = ModelText.LargestCategories(model);
        CultureInfo culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; // ML.NET reads the numbers of a model by the current one
        try
        {
            return largest.Count == 0 ? CreatePlain(ml, model, objective, features, categories) : CreateCategorical(ml, model, objective, features, categories, largest);
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

    /// <summary>ML.NET's trees split categories by a slot of 0 or 1 for each, so the features are put together from their columns.</summary>
    private static ITransformer CreateCategorical(
        MLContext ml, string model, Objective objective, IReadOnlyList<string> features, IReadOnlyList<string> categories, IReadOnlyDictionary<int, int> largest)
    {
        int[] slots = new int[features.Count];
        var schema = new DataViewSchema.Builder();
        AddLabel(schema, objective, categories);
        string[] columns = [.. features.Select(f => Prefix + f)];
        IEstimator<ITransformer> pipeline = ml.Transforms.Conversion.ConvertType([.. features.Select((f, i) => new InputOutputColumnPair(columns[i], f))], DataKind.Single);
        int slot = 0;
        for (int i = 0; i < features.Count; i++)
        {
            schema.AddColumn(features[i], NumberDataViewType.Single);
            slots[i] = slot;
            slot++;
            if (largest.TryGetValue(i, out int last))
            {
                IDataView keys = ml.Data.LoadFromEnumerable(Enumerable.Range(0, last + 1).Select(c => new Category { Value = c }));
                pipeline = pipeline.Append(ml.Transforms.Conversion.MapValueToKey(columns[i], keyData: keys)).Append(ml.Transforms.Conversion.MapKeyToVector(columns[i]));
                slot += last;
            }
        }

        string text = ModelText.ForMLNet(model, slots, slot);
        string all = Prefix + FeaturesColumn;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return pipeline
            .Append(ml.Transforms.Concatenate(all, columns))
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

using KafkaDatasets;
using SusyDemo.Network;
using SusyDemo.Training;

namespace SusyDemo.Commands;

/// <summary>The files of the output directory.</summary>
internal sealed class ModelFiles(string directory)
{
    public string RocPicture => Path.Combine(directory, "roc.png");

    /// <summary>The state of a training of the network that has not ended.</summary>
    public TrainingStateFile NetworkState => new(Path.Combine(directory, "network.training"));

    public string LearningPicture => Path.Combine(directory, "learning.png");

    /// <summary>The distribution of the events that the models were trained from.</summary>
    public string Profile => Path.Combine(directory, "train.profile.json");

    /// <summary>Saves the profile, under another name first, so that a monitor that reads it finds all of it.</summary>
    public void Save(ReferenceProfile profile)
    {
        string temporary = $"{Profile}.tmp";
        File.WriteAllText(temporary, profile.ToJson());
        File.Move(temporary, Profile, overwrite: true);
    }

    /// <summary>Loads the profile that was saved with the models; null if there is none.</summary>
    /// <exception cref="DemoException">The file is not a profile, or cannot be read.</exception>
    public ReferenceProfile? LoadProfile()
    {
        try
        {
            return File.Exists(Profile) ? ReferenceProfile.Parse(File.ReadAllText(Profile)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new DemoException($"The profile {Profile} cannot be loaded: {e.Message} Train again, or delete it to monitor without it.", e);
        }
    }

    /// <summary>Makes the directory, if there is none.</summary>
    /// <exception cref="DemoException">It cannot be made.</exception>
    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DemoException($"The output directory {directory} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Saves a model and returns its file.</summary>
    public string Save(ITrainedModel model)
    {
        string path = PathOf(model.Name);
        model.Save(path);
        return path;
    }

    /// <summary>Saves a model's text in LightGBM's own format and returns its file.</summary>
    public string SaveText(string name, string text)
    {
        string path = Path.Combine(directory, $"{name}.txt");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Loads a model by its name, or every one that is there.</summary>
    /// <exception cref="DemoException">It is not there, or none is, or it is not a model.</exception>
    public IReadOnlyList<ITrainedModel> Load(string name)
    {
        ILearner[] learners = [.. Learners.Choose(name, new NetworkOptions()).Where(l => File.Exists(PathOf(l.Name)))];
        return learners.Length > 0
            ? [.. learners.Select(l => l.Load(PathOf(l.Name)))]
            : throw new DemoException($"There is no saved model in {directory}{(name == Learners.All ? "" : $" of the name {name}")}: train one first, or name its directory with --output.");
    }

    private string PathOf(string name) => Path.Combine(directory, $"{name}.zip");
}

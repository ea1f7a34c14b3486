using Migrate.Planner;
using Npgsql;

namespace Migrate.Api.Settings;

/// <summary>Where settings come from, the strongest first.</summary>
public enum SettingOrigin
{
    CommandLine,
    Environment,
    File,
    Default,
}

/// <summary>A setting as it holds for a process.</summary>
internal sealed record SettingValue(Setting Setting, SettingOrigin Origin, string From, IReadOnlyList<string> Texts, object? Value)
{
    /// <summary>For people: never a secret.</summary>
    public string Shown => Origin == SettingOrigin.Default ? Setting.Default
        : Setting.IsSecret ? Setting.IsList ? $"{Texts.Count} (not shown)" : WithoutSecrets(Texts[^1])
        : string.Join(' ', Texts);

    /// <summary>Of a connection string everything but what opens it.</summary>
    private static string WithoutSecrets(string text)
    {
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(text);
            var hides = !string.IsNullOrEmpty(parts.Password) || !string.IsNullOrEmpty(parts.SslPassword);
            (parts.Password, parts.SslPassword) = (null, null);
            return parts.ConnectionString + (hides ? " (password not shown)" : "");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return "(not shown: it is no connection string)";
        }
    }
}

/// <summary>
/// All settings of a process: command line, then environment, then file, then default. What is wrong is gathered, so that an operator mends it at once.
/// </summary>
internal sealed class SettingValues
{
    private readonly Dictionary<Setting, SettingValue> _values = [];

    private SettingValues(SettingFile file) => File = file;

    public SettingFile File { get; }

    public IReadOnlyCollection<SettingValue> All => _values.Values;

    public List<string> Problems { get; } = [];

    public T Get<T>(Setting<T> setting) => (T)_values[setting].Value!;

    public SettingValue Find(Setting setting) => _values[setting];

    public static SettingValues Read(
        SettingReaders readers,
        Func<Setting, IReadOnlyList<string>?> commandLine,
        Func<string, string?> environment,
        IEnumerable<string> variables,
        string? config)
    {
        var values = new SettingValues(SettingFile.Read(config ?? NotEmpty(environment(SettingFile.PathVariable))));
        values.Problems.AddRange(values.File.Problems);
        var known = SettingCatalogue.All.Select(x => x.Variable).ToHashSet(StringComparer.Ordinal);
        foreach (var variable in variables.Where(x => x.StartsWith("MIGRATE__", StringComparison.Ordinal) && !known.Contains(x)).Order(StringComparer.Ordinal))
        {
            values.Problems.Add($"environment: no setting has the variable {variable}{Spelling.Hint(variable, known)}");
        }

        foreach (var setting in SettingCatalogue.Of(readers))
        {
            values._values[setting] = values.Resolve(setting, commandLine, environment);
        }

        return values;
    }

    /// <summary>Throws <c>settings.invalid</c> with everything that is wrong.</summary>
    public void Check()
    {
        if (Problems.Count > 0)
        {
            throw new SettingsException(Problems);
        }
    }

    private SettingValue Resolve(Setting setting, Func<Setting, IReadOnlyList<string>?> commandLine, Func<string, string?> environment)
    {
        var (origin, from, texts) = Given(setting, commandLine, environment);
        if (texts is null)
        {
            if (setting.IsRequired)
            {
                Problems.Add($"{setting.Option} is missing ({setting.Meaning})");
            }

            return new SettingValue(setting, SettingOrigin.Default, "default", [], setting.Usual);
        }

        object? value = null;
        try
        {
            value = setting.Read(texts);
        }
        catch (FormatException e)
        {
            Problems.Add($"{from}: {e.Message}");
        }
        catch (MigrateException e)
        {
            Problems.Add($"{from}: {e.Message} {e.Remedy}");
        }

        return new SettingValue(setting, origin, from, texts, value ?? setting.Usual);
    }

    private (SettingOrigin Origin, string From, IReadOnlyList<string>? Texts) Given(
        Setting setting, Func<Setting, IReadOnlyList<string>?> commandLine, Func<string, string?> environment)
    {
        if (commandLine(setting) is { } typed)
        {
            return (SettingOrigin.CommandLine, setting.Option, typed);
        }

        foreach (var variable in new[] { setting.Variable, setting.OlderVariable }.OfType<string>())
        {
            if (NotEmpty(environment(variable)) is { } text)
            {
                return (SettingOrigin.Environment, variable, setting.IsList ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [text]);
            }
        }

        return File.Find(setting) is { } written ? (SettingOrigin.File, $"{File.Path}: {setting.Name}", written) : (SettingOrigin.Default, "default", null);
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>Settings that no process can start with, all at once.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems) : MigrateException(
    "settings.invalid",
    problems.Count == 1 ? "A setting cannot be used." : $"{problems.Count} settings cannot be used.",
    "Mend what is named; 'migrate config show' tells what holds and where it comes from, and docs/settings.md what each setting takes.")
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

using System.CommandLine;
using Migrate.Api.Settings;

namespace Migrate.Api.Cli;

/// <summary>The options of commands that run processes: one for each setting, and the file.</summary>
internal sealed class SettingArguments
{
    private readonly SettingReaders _readers;
    private readonly Dictionary<Setting, Option> _options;

    public SettingArguments(CommandSet cli, SettingReaders readers)
    {
        _readers = readers;
        _options = SettingCatalogue.Of(readers).ToDictionary(x => x, Option (x) => x == SettingCatalogue.Data ? cli.Data : Make(x));
    }

    public Option<string?> Config { get; } = new("--config")
    {
        Description = $"file of settings ({SettingFile.PathVariable}, else {SettingFile.UsualPath} if it is there)",
        HelpName = "FILE",
    };

    public IReadOnlyList<Symbol> All => [Config, .. _options.Values];

    /// <summary>Of commands that need to know only where the server keeps what it knows.</summary>
    public IReadOnlyList<Symbol> Some(params Setting[] settings)
    {
        foreach (var other in _options.Keys.Except(settings).ToList())
        {
            _options.Remove(other);
        }

        return All;
    }

    public SettingValues Read(Invocation invocation, SettingReaders? readers = null) => SettingValues.Read(
        readers ?? _readers,
        setting => _options.TryGetValue(setting, out var option) && invocation.Typed(option) is { } typed ? typed.Count == 0 && setting.IsFlag ? ["true"] : typed : null,
        invocation.Terminal.Environment,
        invocation.Terminal.Variables(),
        invocation.Get(Config));

    /// <summary>Settings that cannot be used are wrong usage, wherever they come from.</summary>
    public static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SettingsException e)
        {
            throw new CommandFailure(ExitCode.Usage, e.Message, e.Remedy, e.Problems);
        }
    }

    private static Option Make(Setting setting)
    {
        Option option = setting.IsList ? new Option<string[]>(setting.Option) { Arity = ArgumentArity.OneOrMore }
            : new Option<string?>(setting.Option) { Arity = setting.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        (option.Description, option.HelpName, option.Hidden) = (DescriptionOf(setting), setting.Form, setting.IsHidden);
        return option;
    }

    private static string DescriptionOf(Setting setting)
    {
        var known = new[] { setting.Unit, setting.Default.Length > 0 && !setting.IsFlag ? $"default: {setting.Default}" : "" }.Where(x => x.Length > 0);
        var after = string.Join("; ", known);
        return after.Length > 0 ? $"{setting.Meaning} ({after})" : setting.Meaning;
    }
}

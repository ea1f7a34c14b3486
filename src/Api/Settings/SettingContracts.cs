namespace Migrate.Api.Settings;

/// <summary>The settings that a server was started with.</summary>
/// <param name="File">Path of the file of settings.</param>
/// <param name="FileIsThere">False where nobody named one and the usual one is not there.</param>
/// <param name="Settings">In the order of docs/settings.md.</param>
public sealed record SettingsInForce(string File, bool FileIsThere, IReadOnlyList<SettingView> Settings)
{
    internal static readonly SettingsInForce None = new("", false, []);

    internal static SettingsInForce Of(SettingValues values) => new(values.File.Path, values.File.IsThere, ViewsOf(values));

    internal static IReadOnlyList<SettingView> ViewsOf(SettingValues values) =>
    [
        .. values.All.Where(x => !x.Setting.IsHidden || x.Origin != SettingOrigin.Default)
            .Select(x => new SettingView(x.Setting.Name, x.Shown, x.Setting.Unit, x.Origin, x.From, x.Setting.Meaning)),
    ];
}

/// <summary>A setting as it holds.</summary>
/// <param name="Name">As in the file of settings; --NAME is its option.</param>
/// <param name="Value">For people: never a secret.</param>
/// <param name="Unit">What a number counts; empty for what is no quantity.</param>
/// <param name="Origin">CommandLine, Environment, File or Default.</param>
/// <param name="From">The option, the variable, or the file that says so.</param>
/// <param name="Meaning">What it is for.</param>
public sealed record SettingView(string Name, string Value, string Unit, SettingOrigin Origin, string From, string Meaning);

namespace Migrate.Api.Settings;

/// <summary>Which processes read a setting.</summary>
[Flags]
internal enum SettingReaders
{
    Serve = 1,
    Worker = 2,
    Both = Serve | Worker,
}

/// <summary>
/// One thing that an operator can choose. Its name gives the option (<c>--target-port</c>), the variable (<c>MIGRATE__TARGET_PORT</c>) and the member of
/// the file (<c>"target-port"</c>).
/// </summary>
internal abstract record Setting(string Name, string Meaning)
{
    /// <summary>What values look like, for help: N, FILE, IP:PORT.</summary>
    public required string Form { get; init; }
    /// <summary>What a number counts; empty for what is no quantity.</summary>
    public string Unit { get; init; } = "";
    /// <summary>What values are taken, in words.</summary>
    public string Bounds { get; init; } = "";
    /// <summary>The default in words; empty for none.</summary>
    public string Default { get; init; } = "";
    public SettingReaders Readers { get; init; } = SettingReaders.Serve;
    public bool IsSecret { get; init; }
    public bool IsFlag { get; init; }
    public bool IsList { get; init; }
    public bool IsRequired { get; init; }
    /// <summary>For tests and support; not in help or documentation.</summary>
    public bool IsHidden { get; init; }
    /// <summary>A variable that had this meaning before settings had variables; it still counts, after <see cref="Variable"/>.</summary>
    public string? OlderVariable { get; init; }

    public string Option => "--" + Name;

    public string Variable => "MIGRATE__" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>The value that texts stand for. Throws FormatException or MigrateException with what is wrong.</summary>
    public abstract object? Read(IReadOnlyList<string> texts);

    public abstract object? Usual { get; }
}

internal sealed record Setting<T>(string Name, string Meaning, T Without, Func<IReadOnlyList<string>, T> Parse) : Setting(Name, Meaning)
{
    public override object? Usual => Without;

    public override object? Read(IReadOnlyList<string> texts) => Parse(texts);
}

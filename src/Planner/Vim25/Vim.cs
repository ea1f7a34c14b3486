namespace Migrate.Vim25;

/// <summary>The vim25 namespace, and the highest version of it that the contracts were written out for.</summary>
public static class Vim
{
    public const string Namespace = "urn:vim25";
    public const string Version = "9.0.0.0";
}

/// <summary>An operation's request; says which response belongs to it.</summary>
public interface IVimRequest<TResponse>;

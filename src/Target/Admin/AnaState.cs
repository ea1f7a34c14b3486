namespace Migrate.Target.Admin;

/// <summary>How a group of namespaces can be reached by one port (NVM Express Base 2.0, 8.1.3); the numbers are those of the ANA log page.</summary>
public enum AnaState : byte
{
    /// <summary>Commands are answered, and this path is as good as any.</summary>
    Optimized = 1,

    /// <summary>Commands are answered, but hosts prefer another path.</summary>
    NonOptimized = 2,

    /// <summary>Commands are refused for now (status 302h): hosts take another path, or wait.</summary>
    Inaccessible = 3,

    /// <summary>Commands are refused (status 301h), and this path will not come back.</summary>
    PersistentLoss = 4,

    /// <summary>Commands are refused (status 303h) until the state is another one; hosts wait at most for ANATT, then reset the controller.</summary>
    Change = 15,
}

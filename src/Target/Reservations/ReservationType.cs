namespace Migrate.Target.Reservations;

/// <summary>RTYPE (NVM Express Base 2.0, 8.19): who may do what while a reservation is held.</summary>
internal enum ReservationType : byte
{
    None = 0,
    WriteExclusive = 1,
    ExclusiveAccess = 2,
    WriteExclusiveRegistrantsOnly = 3,
    ExclusiveAccessRegistrantsOnly = 4,
    WriteExclusiveAllRegistrants = 5,
    ExclusiveAccessAllRegistrants = 6,
}

/// <summary>What a command does with a namespace, as far as reservations tell commands apart.</summary>
internal enum Access
{
    /// <summary>Nothing with its blocks.</summary>
    None,

    /// <summary>Read, Compare, Verify.</summary>
    Read,

    /// <summary>Everything else, Flush and Copy included.</summary>
    Write,
}

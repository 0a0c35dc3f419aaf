// A transaction that is rolled back unless it was committed.
#pragma once

#include "storage/sqlite/database.hpp"

namespace duplid::sqlite {

/// Takes the write lock at once, so that a conflict shows here and not half way. Transactions do
/// not nest. The Database must outlive it. Throws: see Database.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// When it throws, the transaction is still open, and rolled back by the destructor.
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

/// A look at one state of the database, whatever others commit meanwhile, as long as it lives. It
/// begins with the first statement that reads. Not inside a Transaction.
class ReadTransaction {
public:
    explicit ReadTransaction(Database& database);
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction();

private:
    Database& database_;
};

}  // namespace duplid::sqlite
